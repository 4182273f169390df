-- Disputes: what customers' banks take back, and what the network tells of its own accord.
INSERT INTO account_code (code, name, normal_side, policy, scope) VALUES
    (2120, 'dispute_clearing', 'credit', 'rollup', 'platform'),
    (4020, 'dispute_fees', 'credit', 'rollup', 'platform');

-- What customers' banks have taken back and not returned.
ALTER TABLE payment ADD COLUMN disputed_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE payment ADD CONSTRAINT payment_returned_within_captured
    CHECK (disputed_minor >= 0 AND refunded_minor + disputed_minor <= captured_minor);

-- The legal steps of a dispute's status, the same rows as Shared/Payments; a test compares the two.
CREATE TABLE dispute_transition (
    from_status text NOT NULL,
    to_status text NOT NULL,
    CONSTRAINT dispute_transition_pkey PRIMARY KEY (from_status, to_status)
);
INSERT INTO dispute_transition (from_status, to_status)
SELECT from_status, unnest(to_statuses) FROM (VALUES
    ('warning_needs_response', ARRAY['warning_under_review', 'warning_closed', 'needs_response']),
    ('warning_under_review', ARRAY['warning_closed', 'needs_response']),
    ('needs_response', ARRAY['under_review', 'lost']),
    ('under_review', ARRAY['won', 'lost'])
) AS step (from_status, to_statuses);

-- Finds the payment of a dispute, and what is due. A fold of the payment's events.
-- Only writers: orchestrator, and control's rebuild.
CREATE TABLE dispute (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    payment_id text COLLATE "C" NOT NULL,
    charge_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    status text NOT NULL,
    -- All statuses so far, in order; one write may pass through several.
    history text[] NOT NULL,
    -- When somebody must look at it; null when it has ended.
    due_at timestamptz,
    CONSTRAINT dispute_pkey PRIMARY KEY (merchant_id, id),
    CONSTRAINT dispute_status_is_last CHECK (status = history[cardinality(history)])
);
CREATE INDEX dispute_newest ON dispute (merchant_id, created_at, id);
CREATE INDEX dispute_due ON dispute (merchant_id, due_at) WHERE due_at IS NOT NULL;

CREATE FUNCTION check_dispute_statuses() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    known integer := 1;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        known := cardinality(OLD.history);
        IF NEW.history[1:known] IS DISTINCT FROM OLD.history THEN
            RAISE EXCEPTION 'a dispute only moves forward'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_moves_forward';
        END IF;
    ELSIF NEW.history[1] NOT IN ('warning_needs_response', 'needs_response') THEN
        RAISE EXCEPTION 'a dispute begins with a question'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_begins_open';
    END IF;
    FOR step IN known .. cardinality(NEW.history) - 1 LOOP
        IF NOT EXISTS (
            SELECT FROM dispute_transition
            WHERE from_status = NEW.history[step] AND to_status = NEW.history[step + 1]
        ) THEN
            RAISE EXCEPTION 'illegal transition from % to %', NEW.history[step], NEW.history[step + 1]
                USING ERRCODE = 'check_violation', CONSTRAINT = 'dispute_transition_legal';
        END IF;
    END LOOP;
    RETURN NEW;
END
$$;
CREATE TRIGGER dispute_transition_legal BEFORE INSERT OR UPDATE ON dispute
    FOR EACH ROW EXECUTE FUNCTION check_dispute_statuses();

-- Finds the payment of an early fraud warning. Only writers: orchestrator, and control's rebuild.
CREATE TABLE early_fraud_warning (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    payment_id text COLLATE "C" NOT NULL,
    charge_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT early_fraud_warning_pkey PRIMARY KEY (merchant_id, id)
);
CREATE INDEX early_fraud_warning_newest ON early_fraud_warning (merchant_id, created_at, id);

DO $$
DECLARE
    projection name;
BEGIN
    FOREACH projection IN ARRAY ARRAY['dispute', 'early_fraud_warning']::name[]
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', projection);
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO gateway
                USING (merchant_id = current_setting(''app.merchant'', true))',
            projection || '_of_own_merchant', projection);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO orchestrator, control USING (true) WITH CHECK (true)',
            projection || '_of_services', projection);
        EXECUTE format('GRANT SELECT ON %I TO gateway, orchestrator, control', projection);
        EXECUTE format('GRANT INSERT, UPDATE ON %I TO orchestrator', projection);
    END LOOP;
END
$$;
GRANT SELECT ON dispute_transition TO orchestrator, control;
CALL open_to_reconciliation();

-- The network's notices as they came, each once. How far we are is the last one: a notice and the
-- command that records what it tells are stored together. Append-only. Only writer: orchestrator.
CREATE TABLE network_notice (
    sequence bigint NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    -- The payment that it is about; null where no payment of ours has the reference.
    merchant_id text COLLATE "C",
    payment_id text COLLATE "C",
    content text COMPRESSION lz4 NOT NULL,
    CONSTRAINT network_notice_pkey PRIMARY KEY (sequence),
    CONSTRAINT network_notice_whole CHECK ((merchant_id IS NULL) = (payment_id IS NULL))
);
CREATE TRIGGER network_notice_append_only BEFORE UPDATE OR DELETE ON network_notice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON network_notice TO orchestrator;
GRANT SELECT ON network_notice TO control;

-- Chargebacks, representments and returned refunds are cleared like sales and refunds.
ALTER TABLE settlement_item DROP CONSTRAINT settlement_item_kind;
ALTER TABLE settlement_item ADD CONSTRAINT settlement_item_kind CHECK (
    kind IN ('sale', 'refund', 'chargeback', 'representment', 'refund_return'));

-- Which way the money of an item goes: 1 to us, -1 from us.
CREATE FUNCTION settlement_sign(item_kind text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN item_kind IN ('sale', 'representment', 'refund_return') THEN 1 ELSE -1 END
$$;

-- What an event's item is called: by what was moved, and which time.
CREATE FUNCTION settlement_source(event_type text, data json) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE event_type
        WHEN 'payment_captured' THEN data ->> 'charge_id'
        WHEN 'refund_issued' THEN data ->> 'refund_id'
        WHEN 'refund_returned' THEN (data ->> 'refund_id') || ':returned'
        WHEN 'dispute_charged_back' THEN data ->> 'dispute_id'
        WHEN 'dispute_represented' THEN (data ->> 'dispute_id') || ':reinstated'
    END
$$;

CREATE OR REPLACE FUNCTION take_settlement_items(maximum_events integer) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    reached feed_cursor;
    goal feed_cursor;
    taken integer;
BEGIN
    INSERT INTO feed_cursor (consumer, epoch, tx, position) VALUES ('settlement', 0, '0', 0)
    ON CONFLICT DO NOTHING;
    SELECT * INTO reached FROM feed_cursor WHERE consumer = 'settlement' FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;

    SELECT 'settlement', epoch, tx, position INTO goal FROM (
        SELECT epoch, tx, position FROM event
        WHERE (epoch, tx, position) > (reached.epoch, reached.tx, reached.position)
            AND (epoch < current_epoch() OR tx < pg_snapshot_xmin(pg_current_snapshot()))
        ORDER BY epoch, tx, position
        LIMIT maximum_events
    ) page ORDER BY epoch DESC, tx DESC, position DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;

    WITH fresh AS MATERIALIZED (
        SELECT event.merchant_id, event.stream, event.version, event.type, event.command_id,
            event.data::json AS data, event.effective_at,
            event.data::json -> 'amount' AS amount
        FROM event
        WHERE (epoch, tx, position) > (reached.epoch, reached.tx, reached.position)
            AND (epoch, tx, position) <= (goal.epoch, goal.tx, goal.position)
            AND type IN ('payment_captured', 'refund_issued', 'refund_returned',
                'dispute_charged_back', 'dispute_represented')
    ), home AS MATERIALIZED (
        SELECT merchant_id,
            CASE WHEN document::json ->> 'country' = 'IN' THEN 'IN' ELSE '' END AS country
        FROM merchant WHERE merchant_id IN (SELECT DISTINCT fresh.merchant_id FROM fresh)
    ), told AS (
        SELECT fresh.merchant_id, data ->> 'charge_id' AS source_id, stream AS payment_id,
            data ->> 'charge_id' AS charge_id, 'sale' AS kind,
            amount ->> 'currency' AS currency, (amount ->> 'minor_units')::bigint AS amount_minor,
            (data -> 'fee' ->> 'minor_units')::bigint AS fee_minor,
            network_reference((SELECT granted.command_id FROM event granted
                WHERE granted.merchant_id = fresh.merchant_id AND granted.stream = fresh.stream
                    AND granted.version < fresh.version AND granted.type = 'payment_authorized'
                ORDER BY granted.version DESC LIMIT 1)) AS reference,
            (command_id % 999999)::integer + 1 AS trace_number,
            coalesce((SELECT received_at FROM command WHERE command.id = command_id), effective_at)
                AS sent_at
        FROM fresh WHERE type = 'payment_captured'
        UNION ALL
        SELECT fresh.merchant_id, fresh.data ->> 'refund_id', fresh.stream,
            fresh.data ->> 'charge_id', 'refund', amount ->> 'currency',
            (amount ->> 'minor_units')::bigint, 0,
            network_reference(asked.command_id), (asked.command_id % 999999)::integer + 1,
            coalesce((SELECT received_at FROM command WHERE command.id = asked.command_id),
                fresh.effective_at)
        FROM fresh CROSS JOIN LATERAL (
            SELECT event.command_id FROM event
            WHERE event.merchant_id = fresh.merchant_id AND event.stream = fresh.stream
                AND event.version < fresh.version AND event.type = 'refund_requested'
                AND event.data::json ->> 'refund_id' = fresh.data ->> 'refund_id'
            LIMIT 1) asked
        WHERE fresh.type = 'refund_issued'
        UNION ALL
        -- What the network moved by a notice of its own has the notice's reference and trace number.
        SELECT merchant_id, settlement_source(type, data), stream, data ->> 'charge_id',
            CASE type WHEN 'dispute_charged_back' THEN 'chargeback'
                WHEN 'dispute_represented' THEN 'representment' ELSE 'refund_return' END,
            amount ->> 'currency', (amount ->> 'minor_units')::bigint, 0,
            data -> 'movement' ->> 'reference', (data -> 'movement' ->> 'trace_number')::integer,
            effective_at
        FROM fresh
        WHERE type IN ('refund_returned', 'dispute_charged_back', 'dispute_represented')
    ), gated AS (
        INSERT INTO settlement_gate (merchant_id) SELECT DISTINCT merchant_id FROM told
        ON CONFLICT DO NOTHING
    )
    INSERT INTO settlement_item (
        merchant_id, source_id, payment_id, charge_id, kind, currency, amount_minor, fee_minor,
        reference, trace_number, sent_at, cutoff_at)
    SELECT merchant_id, source_id, payment_id, charge_id, kind, currency, amount_minor, fee_minor,
        reference, trace_number, sent_at,
        (SELECT cutoff_at FROM settlement_cutoff
            WHERE settlement_cutoff.country = home.country AND cutoff_at > sent_at
            ORDER BY cutoff_at LIMIT 1)
    FROM told JOIN home USING (merchant_id)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS taken = ROW_COUNT;

    UPDATE feed_cursor SET epoch = goal.epoch, tx = goal.tx, position = goal.position
    WHERE consumer = 'settlement';
    RETURN taken;
END
$$;

CREATE OR REPLACE VIEW due_moment_of_settlement AS
SELECT merchant_id, cutoff_at AS due_at, 'settlement'::text AS kind FROM settlement_cutoff_waiting
UNION ALL
SELECT merchant_id, cutoff_at, 'settlement' FROM settlement WHERE NOT is_completed
UNION ALL
-- Cleared by the network, and not seen yet by the service.
SELECT merchant_id, effective_at, 'settlement' FROM event
WHERE type IN ('payment_captured', 'refund_issued', 'refund_returned', 'dispute_charged_back',
        'dispute_represented')
    AND (epoch, tx, position) > (
        SELECT epoch, tx, position FROM feed_cursor WHERE consumer = 'settlement');

CREATE VIEW due_moment_of_dispute AS
SELECT merchant_id, due_at, 'dispute'::text AS kind FROM dispute WHERE due_at IS NOT NULL
UNION ALL
-- Told by the network, and not recorded yet.
SELECT command.merchant_id, command.received_at, 'notice'
FROM work JOIN command ON command.id = work.command_id
WHERE command.kind = 'record_notice';

CREATE OR REPLACE VIEW due_moment AS
SELECT merchant_id, due_at, kind FROM due_moment_of_payment
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_settlement
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_refund
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_webhook
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_dispute;
