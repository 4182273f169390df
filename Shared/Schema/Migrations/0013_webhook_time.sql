-- Webhooks follow their merchant's time, as everything does that a merchant is told of: attempts, waits,
-- breakers and the days after which an endpoint is switched off. Only leases, and the moment at which an
-- endpoint is looked at again (wake_at), are of real time.
GRANT SELECT ON merchant_clock TO webhook;

-- Who moves a merchant's clock has its endpoints looked at again. It waits for whoever has an endpoint's
-- row locked, so a moment that was worked out before the move is not kept after it. Besides webhook the
-- only writer of webhook_target, and of nothing but wake_at.
CREATE FUNCTION wake_webhook_targets() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE webhook_target target SET wake_at = least(target.wake_at, now())
    FROM (
        SELECT merchant_id, endpoint_id FROM webhook_target
        WHERE merchant_id = NEW.merchant_id AND is_enabled AND wake_at < 'infinity'
        ORDER BY merchant_id, endpoint_id
        FOR UPDATE
    ) AS waiting
    WHERE target.merchant_id = waiting.merchant_id AND target.endpoint_id = waiting.endpoint_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER merchant_clock_wakes_webhooks AFTER INSERT OR UPDATE ON merchant_clock
    FOR EACH ROW EXECUTE FUNCTION wake_webhook_targets();

-- What the webhook service still has to do for a merchant: what waits for its moment, what is in flight,
-- and what happened that it has not seen yet, or has seen and is not recorded.
CREATE VIEW due_moment_of_webhook AS
SELECT target.merchant_id,
    -- What is to be looked at now keeps the moment at which it became due: a moment that moved along with
    -- the clock would never be reached.
    CASE WHEN target.wake_at <= now() THEN waiting.due_at
        ELSE greatest(waiting.due_at, target.wake_at + merchant_offset(target.merchant_id))
    END AS due_at,
    'webhook'::text AS kind
FROM webhook_target target CROSS JOIN LATERAL (
    SELECT delivery.due_at FROM webhook_delivery delivery
    WHERE delivery.merchant_id = target.merchant_id AND delivery.endpoint_id = target.endpoint_id
        AND delivery.status = 'pending' AND delivery.lease_token IS NULL
    ORDER BY delivery.due_at LIMIT 1
) AS waiting
WHERE target.is_enabled AND target.wake_at < 'infinity'
UNION ALL
SELECT merchant_id, due_at, 'webhook' FROM webhook_delivery WHERE lease_token IS NOT NULL
UNION ALL
SELECT event.merchant_id, event.effective_at, 'webhook' FROM event
WHERE (event.epoch, event.tx, event.position) > (
        SELECT epoch, tx, position FROM feed_cursor WHERE consumer = 'webhook')
    AND (event.type LIKE 'webhook%' OR EXISTS (
        SELECT FROM webhook_target target
        WHERE target.merchant_id = event.merchant_id AND target.is_enabled))
UNION ALL
-- What it found out about an endpoint, and is not recorded yet.
SELECT command.merchant_id, command.received_at, 'webhook'
FROM work JOIN command ON command.id = work.command_id
WHERE command.kind IN ('warn_webhook_endpoint', 'disable_webhook_endpoint');

CREATE OR REPLACE VIEW due_moment AS
SELECT merchant_id, due_at, kind FROM due_moment_of_payment
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_settlement
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_refund
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_webhook;
