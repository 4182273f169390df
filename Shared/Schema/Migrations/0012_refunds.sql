-- Refunds that wait for their merchant's balance to recover.

-- Until when a refund waits; null for one that does not.
ALTER TABLE refund ADD COLUMN waits_until timestamptz;
CREATE INDEX refund_waiting ON refund (merchant_id, waits_until) WHERE waits_until IS NOT NULL;

-- What a merchant is owed in a currency, pending and available together; negative where others took
-- more. The sum of two strict accounts, so it is current.
CREATE FUNCTION merchant_balance(asked_merchant_id text, asked_currency text) RETURNS bigint
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT coalesce(-sum(balance_minor), 0)::bigint
    FROM account JOIN account_balance ON account_balance.account_id = account.id
    WHERE account.merchant_id = asked_merchant_id AND account.code IN (2010, 2011)
        AND account.currency = asked_currency::char(3)
$$;

-- From when on each of them can go on, in the merchant's time: at once where money has come, and when its
-- time is over where none has. With the command that goes on with it.
CREATE VIEW refund_waiting_moment AS
SELECT refund.merchant_id, refund.id AS refund_id, asked.command_id,
    CASE WHEN merchant_balance(refund.merchant_id, payment.currency) >= 0 THEN refund.created_at
        ELSE refund.waits_until END AS due_at
FROM refund
JOIN payment ON payment.merchant_id = refund.merchant_id AND payment.id = refund.payment_id
CROSS JOIN LATERAL (
    SELECT event.command_id FROM event
    WHERE event.merchant_id = refund.merchant_id AND event.stream = refund.payment_id
        AND event.type = 'refund_deferred' AND event.data::json ->> 'refund_id' = refund.id
    LIMIT 1) asked
WHERE refund.waits_until IS NOT NULL;

CREATE VIEW due_moment_of_refund AS
SELECT merchant_id, due_at, 'refund'::text AS kind FROM refund_waiting_moment;

CREATE OR REPLACE VIEW due_moment AS
SELECT merchant_id, due_at, kind FROM due_moment_of_payment
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_settlement
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_refund;

GRANT SELECT ON refund_waiting_moment TO orchestrator, control;
