-- What the API reads: folds of the event streams, written in the same transaction as the events.
-- All of it can be dropped and made again from events. Only writers: orchestrator, and control's rebuild.

-- The legal steps of a payment's state, the same rows as Shared/Payments; a test compares the two.
CREATE TABLE payment_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    CONSTRAINT payment_transition_pkey PRIMARY KEY (from_state, to_state)
);
INSERT INTO payment_transition (from_state, to_state)
SELECT from_state, unnest(to_states) FROM (VALUES
    ('created', ARRAY['authorized', 'failed', 'canceled']),
    ('failed', ARRAY['authorized', 'canceled']),
    ('authorized', ARRAY['capture_pending', 'canceled', 'expired']),
    ('capture_pending', ARRAY['captured', 'failed']),
    ('captured', ARRAY['settlement_pending', 'refund_pending', 'disputed', 'canceled']),
    ('settlement_pending', ARRAY['settled', 'refund_pending', 'disputed']),
    ('settled', ARRAY['payout_pending', 'refund_pending', 'disputed']),
    ('payout_pending', ARRAY['payout_completed', 'settled', 'refund_pending', 'disputed']),
    ('payout_completed', ARRAY['settled', 'refund_pending', 'disputed']),
    ('refund_pending', ARRAY['partially_refunded', 'refunded', 'disputed',
        'captured', 'settlement_pending', 'settled', 'payout_pending', 'payout_completed']),
    ('partially_refunded', ARRAY['refund_pending', 'disputed',
        'captured', 'settlement_pending', 'settled', 'payout_pending', 'payout_completed']),
    ('refunded', ARRAY['partially_refunded', 'disputed',
        'captured', 'settlement_pending', 'settled', 'payout_pending', 'payout_completed']),
    ('disputed', ARRAY['refund_pending', 'partially_refunded', 'refunded',
        'captured', 'settlement_pending', 'settled', 'payout_pending', 'payout_completed'])
) AS step (from_state, to_states);

CREATE TABLE payment (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    -- All states so far, in order; one write may pass through several.
    lifecycle text[] NOT NULL,
    currency char(3) NOT NULL,
    amount_minor bigint NOT NULL,
    authorized_minor bigint NOT NULL,
    captured_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    -- When somebody must look again, while the outcome of something sent is open; else null.
    unresolved_since timestamptz,
    document text COMPRESSION lz4 NOT NULL,
    CONSTRAINT payment_pkey PRIMARY KEY (merchant_id, id),
    CONSTRAINT payment_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT payment_captured_within_authorized CHECK (captured_minor BETWEEN 0 AND authorized_minor),
    CONSTRAINT payment_refunded_within_captured CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    CONSTRAINT payment_state_is_last CHECK (state = lifecycle[cardinality(lifecycle)])
) WITH (fillfactor = 80);
CREATE INDEX payment_newest ON payment (merchant_id, created_at, id);
CREATE INDEX payment_unresolved ON payment (unresolved_since) WHERE unresolved_since IS NOT NULL;

CREATE FUNCTION check_payment_states() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    known integer := 1;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        known := cardinality(OLD.lifecycle);
        IF NEW.version < OLD.version OR NEW.lifecycle[1:known] IS DISTINCT FROM OLD.lifecycle THEN
            RAISE EXCEPTION 'a payment only moves forward'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_moves_forward';
        END IF;
    ELSIF NEW.lifecycle[1] IS DISTINCT FROM 'created' THEN
        RAISE EXCEPTION 'a payment begins as created'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_begins_created';
    END IF;
    FOR step IN known .. cardinality(NEW.lifecycle) - 1 LOOP
        IF NOT EXISTS (
            SELECT FROM payment_transition
            WHERE from_state = NEW.lifecycle[step] AND to_state = NEW.lifecycle[step + 1]
        ) THEN
            RAISE EXCEPTION 'illegal transition from % to %', NEW.lifecycle[step], NEW.lifecycle[step + 1]
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_transition_legal';
        END IF;
    END LOOP;
    RETURN NEW;
END
$$;
CREATE TRIGGER payment_transition_legal BEFORE INSERT OR UPDATE ON payment
    FOR EACH ROW EXECUTE FUNCTION check_payment_states();

CREATE TABLE charge (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    payment_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT charge_pkey PRIMARY KEY (merchant_id, id)
);
CREATE INDEX charge_newest ON charge (merchant_id, created_at, id);

CREATE TABLE refund (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    payment_id text COLLATE "C" NOT NULL,
    charge_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT refund_pkey PRIMARY KEY (merchant_id, id)
);
CREATE INDEX refund_newest ON refund (merchant_id, created_at, id);
CREATE INDEX refund_of_payment ON refund (merchant_id, payment_id, created_at, id);

CREATE TABLE payment_method (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    document text COMPRESSION lz4 NOT NULL,
    CONSTRAINT payment_method_pkey PRIMARY KEY (merchant_id, id)
);

CREATE TABLE card_token (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    used boolean NOT NULL,
    document text COMPRESSION lz4 NOT NULL,
    CONSTRAINT card_token_pkey PRIMARY KEY (merchant_id, id)
);

CREATE TABLE merchant (
    merchant_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    livemode boolean NOT NULL,
    document text COMPRESSION lz4 NOT NULL,
    CONSTRAINT merchant_pkey PRIMARY KEY (merchant_id)
);

-- Only the hash of a key is kept; the key itself is shown once.
CREATE TABLE api_key (
    key_hash bytea NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    livemode boolean NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    CONSTRAINT api_key_pkey PRIMARY KEY (key_hash),
    CONSTRAINT api_key_kind CHECK (kind IN ('secret', 'publishable', 'restricted'))
);

DO $$
DECLARE
    projection name;
BEGIN
    FOREACH projection IN ARRAY
        ARRAY['payment', 'charge', 'refund', 'payment_method', 'card_token', 'merchant']::name[]
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
GRANT SELECT, INSERT, UPDATE ON api_key TO orchestrator;
GRANT SELECT ON api_key, payment_transition TO control;
GRANT SELECT ON payment_transition TO orchestrator;

-- Whose key it is. The gateway cannot read the keys, only ask about one it was shown.
CREATE FUNCTION authenticate(presented_hash bytea)
RETURNS TABLE (merchant_id text, kind text, livemode boolean, expires_at timestamptz, merchant text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    SELECT api_key.merchant_id, api_key.kind, api_key.livemode, api_key.expires_at, merchant.document
    FROM api_key JOIN merchant USING (merchant_id)
    WHERE api_key.key_hash = presented_hash
$$;
REVOKE ALL ON FUNCTION authenticate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate TO gateway;
