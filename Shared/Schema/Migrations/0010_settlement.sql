-- Time of merchants, and settlement: what the network pays for what was captured.
DO $$
BEGIN
    BEGIN
        CREATE ROLE settlement NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    EXECUTE format('ALTER ROLE settlement IN DATABASE %I SET statement_timeout = ''60s''',
        current_database());
    EXECUTE format(
        'ALTER ROLE settlement IN DATABASE %I SET idle_in_transaction_session_timeout = ''60s''',
        current_database());
END
$$;
GRANT USAGE ON SCHEMA public TO settlement;
GRANT SELECT ON store_epoch, schema_migration TO settlement;

-- A demo merchant's own time: the real time and so much more. It only moves forward. A merchant without
-- a row lives in real time. Only writer: orchestrator.
CREATE TABLE merchant_clock (
    merchant_id text COLLATE "C" NOT NULL,
    offset_microseconds bigint NOT NULL,
    CONSTRAINT merchant_clock_pkey PRIMARY KEY (merchant_id),
    CONSTRAINT merchant_clock_not_behind CHECK (offset_microseconds >= 0)
);
CREATE FUNCTION refuse_clock_back() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.offset_microseconds < OLD.offset_microseconds OR NEW.merchant_id <> OLD.merchant_id THEN
        RAISE EXCEPTION 'a merchant''s clock only moves forward'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'merchant_clock_forward';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER merchant_clock_forward BEFORE UPDATE ON merchant_clock
    FOR EACH ROW EXECUTE FUNCTION refuse_clock_back();
GRANT SELECT ON merchant_clock TO orchestrator, control, settlement;
GRANT INSERT, UPDATE ON merchant_clock TO orchestrator;

CREATE FUNCTION merchant_offset(asked_merchant_id text) RETURNS interval
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT coalesce((
        SELECT offset_microseconds * interval '1 microsecond' FROM merchant_clock
        WHERE merchant_id = asked_merchant_id), interval '0')
$$;

-- What time it is for a merchant.
CREATE FUNCTION merchant_now(asked_merchant_id text) RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS 'SELECT now() + merchant_offset(asked_merchant_id)';

-- A command is received at its merchant's time: its network messages bear that time, also when they are
-- repeated after the clock was moved.
CREATE FUNCTION stamp_merchant_time() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    ahead bigint;
BEGIN
    SELECT offset_microseconds INTO ahead FROM merchant_clock WHERE merchant_id = NEW.merchant_id;
    IF FOUND THEN
        NEW.received_at := NEW.received_at + ahead * interval '1 microsecond';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER command_merchant_time BEFORE INSERT ON command
    FOR EACH ROW EXECUTE FUNCTION stamp_merchant_time();

-- Payments of one merchant that wait for a moment: for merchants whose clock runs ahead.
CREATE INDEX payment_unresolved_of_merchant ON payment (merchant_id, unresolved_since)
    WHERE unresolved_since IS NOT NULL;

INSERT INTO account_code (code, name, normal_side, policy, scope) VALUES
    (1010, 'bank_escrow', 'debit', 'rollup', 'platform'),
    (5010, 'network_fees', 'debit', 'rollup', 'platform');

-- The moments at which what was captured is closed, by the rules of Shared/Calendar.
-- Only writer: settlement.
CREATE TABLE settlement_cutoff (
    -- ISO 3166 alpha-2; empty for countries without a rule of their own.
    country text NOT NULL,
    cutoff_at timestamptz NOT NULL,
    CONSTRAINT settlement_cutoff_pkey PRIMARY KEY (country, cutoff_at)
);

-- One batch: what one merchant is paid in one currency for one cut-off. A fold of its events.
-- Only writers: settlement, and control's rebuild.
CREATE TABLE settlement (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    currency char(3) NOT NULL,
    cutoff_at timestamptz NOT NULL,
    is_completed boolean NOT NULL,
    document text COMPRESSION lz4 NOT NULL,
    CONSTRAINT settlement_pkey PRIMARY KEY (merchant_id, id),
    CONSTRAINT settlement_once UNIQUE (merchant_id, currency, cutoff_at)
);
CREATE INDEX settlement_newest ON settlement (merchant_id, created_at, id);
CREATE INDEX settlement_open ON settlement (cutoff_at) WHERE NOT is_completed;

-- What is to be settled: each captured charge and each cleared refund, once. It has its batch when the
-- network's clearing file has shown it. Only writer: settlement.
CREATE TABLE settlement_item (
    merchant_id text COLLATE "C" NOT NULL,
    -- The charge or the refund.
    source_id text COLLATE "C" NOT NULL,
    payment_id text COLLATE "C" NOT NULL,
    charge_id text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    currency char(3) NOT NULL,
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    reference text COLLATE "C" NOT NULL,
    trace_number integer NOT NULL,
    sent_at timestamptz NOT NULL,
    cutoff_at timestamptz NOT NULL,
    settlement_id text COLLATE "C",
    interchange_minor bigint,
    settled_at timestamptz,
    CONSTRAINT settlement_item_pkey PRIMARY KEY (merchant_id, source_id),
    CONSTRAINT settlement_item_kind CHECK (kind IN ('sale', 'refund')),
    CONSTRAINT settlement_item_amount CHECK (amount_minor > 0),
    CONSTRAINT settlement_item_settled CHECK (
        (settlement_id IS NULL) = (settled_at IS NULL)
        AND (settlement_id IS NULL) = (interchange_minor IS NULL))
) WITH (fillfactor = 60);
CREATE INDEX settlement_item_waiting ON settlement_item (merchant_id, currency, cutoff_at)
    WHERE settlement_id IS NULL;
CREATE INDEX settlement_item_of_payment ON settlement_item (merchant_id, payment_id);
CREATE INDEX settlement_item_of_batch ON settlement_item (merchant_id, settlement_id, source_id)
    WHERE settlement_id IS NOT NULL;
CREATE FUNCTION refuse_second_settlement() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF OLD.settlement_id IS NOT NULL THEN
        RAISE EXCEPTION 'what is settled is settled once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_item_once';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER settlement_item_once BEFORE UPDATE ON settlement_item
    FOR EACH ROW WHEN (OLD.settlement_id IS NOT NULL) EXECUTE FUNCTION refuse_second_settlement();

-- Held shared while a refund is posted, and alone while a batch is completed: so a refund takes from
-- what is pending before, and from what is available after, and never from the wrong one.
CREATE TABLE settlement_gate (
    merchant_id text COLLATE "C" NOT NULL,
    CONSTRAINT settlement_gate_pkey PRIMARY KEY (merchant_id)
);

-- The network's files as they came, refused ones too. Append-only. Only writer: settlement.
CREATE TABLE clearing_file (
    id bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id text COLLATE "C" NOT NULL,
    settlement_id text COLLATE "C" NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    -- Null where the file was taken.
    refusal text,
    content text COMPRESSION lz4 NOT NULL,
    CONSTRAINT clearing_file_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX clearing_file_taken ON clearing_file (merchant_id, settlement_id)
    WHERE refusal IS NULL;
CREATE INDEX clearing_file_refused ON clearing_file (merchant_id, settlement_id)
    WHERE refusal IS NOT NULL;

-- Lines of the network's files that nothing of ours fits (yet): reported, never guessed. A line that an
-- item fits later is taken then. Only writer: settlement.
CREATE TABLE clearing_exception (
    merchant_id text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    currency char(3) NOT NULL,
    trace_number integer NOT NULL,
    amount_minor bigint NOT NULL,
    interchange_minor bigint NOT NULL,
    -- The batch whose file brought it.
    settlement_id text COLLATE "C" NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    -- The batch that took it at last.
    taken_by text COLLATE "C",
    CONSTRAINT clearing_exception_pkey PRIMARY KEY (merchant_id, reference)
);
CREATE INDEX clearing_exception_open ON clearing_exception (merchant_id, currency)
    WHERE taken_by IS NULL;

-- Field 37 of a command's message: its number in base 36, twelve digits.
CREATE FUNCTION network_reference(command_id bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 131621703842267136 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 3656158440062976 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 101559956668416 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 2821109907456 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 78364164096 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 2176782336 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 60466176 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 1679616 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 46656 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 1296 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 36 % 36)::integer + 1, 1)
        || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (command_id / 1 % 36)::integer + 1, 1)
$$;

-- Reads the feed on: what was captured, and what was given back, waits for its cut-off. At most so many
-- events; says how many were taken. While another instance does it there is nothing to do.
CREATE FUNCTION take_settlement_items(maximum_events integer) RETURNS integer
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
            AND type IN ('payment_captured', 'refund_issued')
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
REVOKE ALL ON FUNCTION take_settlement_items FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_settlement_items TO settlement;

-- The cut-offs that have come, of merchants that wait for one and have no batch for it yet.
CREATE VIEW settlement_cutoff_waiting AS
SELECT merchant_id, currency, min(cutoff_at) AS cutoff_at
FROM settlement_item WHERE settlement_id IS NULL GROUP BY merchant_id, currency;

-- What a service still has to do for a merchant, and from which moment of the merchant's time on: the
-- advance of a clock stops at each, in order, until it is done. A service that has more adds its own
-- view to this one in its own migration, by CREATE OR REPLACE.
CREATE VIEW due_moment_of_payment AS
SELECT merchant_id, unresolved_since AS due_at, 'payment'::text AS kind
FROM payment WHERE unresolved_since IS NOT NULL AND authorized_minor > 0 AND captured_minor = 0;

CREATE VIEW due_moment_of_settlement AS
SELECT merchant_id, cutoff_at AS due_at, 'settlement'::text AS kind FROM settlement_cutoff_waiting
UNION ALL
SELECT merchant_id, cutoff_at, 'settlement' FROM settlement WHERE NOT is_completed
UNION ALL
-- Captured, and not seen yet by the service.
SELECT merchant_id, effective_at, 'settlement' FROM event
WHERE type IN ('payment_captured', 'refund_issued') AND (epoch, tx, position) > (
    SELECT epoch, tx, position FROM feed_cursor WHERE consumer = 'settlement');

CREATE VIEW due_moment AS
SELECT merchant_id, due_at, kind FROM due_moment_of_payment
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_settlement;
GRANT SELECT ON due_moment TO orchestrator, control;
GRANT SELECT ON settlement_cutoff_waiting TO settlement;

DO $$
DECLARE
    owned name;
BEGIN
    FOREACH owned IN ARRAY
        ARRAY['settlement', 'settlement_item', 'clearing_file', 'clearing_exception']::name[]
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO settlement, orchestrator, control USING (true) WITH CHECK (true)',
            owned || '_of_services', owned);
        EXECUTE format('GRANT SELECT ON %I TO settlement, orchestrator, control', owned);
        EXECUTE format('GRANT INSERT ON %I TO settlement', owned);
    END LOOP;
END
$$;
CREATE POLICY settlement_of_own_merchant ON settlement FOR SELECT TO gateway
    USING (merchant_id = current_setting('app.merchant', true));
CREATE POLICY settlement_item_of_own_merchant ON settlement_item FOR SELECT TO gateway
    USING (merchant_id = current_setting('app.merchant', true));
GRANT SELECT ON settlement, settlement_item TO gateway;
GRANT UPDATE ON settlement, settlement_item, clearing_exception TO settlement;
GRANT SELECT, INSERT ON settlement_cutoff TO settlement;
GRANT SELECT ON settlement_cutoff TO orchestrator, control;
GRANT SELECT, INSERT, UPDATE ON settlement_gate TO settlement, orchestrator;
-- The balances are read by the check at commit of what is posted.
GRANT SELECT ON event, command, merchant, payment, charge, journal, entry, account, account_balance,
    account_code TO settlement;
GRANT INSERT (
    merchant_id, stream, version, type, type_version, data, command_id, request_id, idempotency_key,
    recorded_at, effective_at
) ON event TO settlement;
GRANT SELECT, INSERT, UPDATE ON feed_cursor TO settlement;
GRANT EXECUTE ON FUNCTION post_journals TO settlement;
DO $$
DECLARE
    seen name;
BEGIN
    FOREACH seen IN ARRAY
        ARRAY['merchant', 'payment', 'charge', 'journal', 'entry', 'account', 'account_balance']::name[]
    LOOP
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO settlement USING (true)',
            seen || '_of_settlement', seen);
    END LOOP;
END
$$;
CREATE POLICY event_of_settlement ON event TO settlement USING (true) WITH CHECK (true);
