-- What may only have been missed is asked for again. Nothing is taken twice: the bank's files are known by
-- their names, and a delivery by its endpoint and event. True where something will be asked again.
CREATE FUNCTION ask_again(asked_class text, asked_subject text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    IF asked_class = 'delivery_past_deadline' THEN
        UPDATE webhook_target target SET wake_at = now()
        FROM webhook_delivery delivery
        WHERE delivery.id = asked_subject AND delivery.status = 'pending'
            AND target.merchant_id = delivery.merchant_id
            AND target.endpoint_id = delivery.endpoint_id AND target.is_enabled;
        RETURN FOUND;
    ELSIF asked_class IN ('bank_differs', 'payout_past_deadline', 'statement_broken') THEN
        -- From the bank's first file on.
        UPDATE bank_cursor SET sequence = 0 WHERE sequence > 0;
        RETURN FOUND;
    END IF;
    RETURN false;
END
$$;
REVOKE ALL ON FUNCTION ask_again FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ask_again TO reconciliation;
