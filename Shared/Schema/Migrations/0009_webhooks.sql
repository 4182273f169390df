-- Webhooks: endpoints as the API shows them, and the service that posts events to them.
--
-- An endpoint is a stream of events like everything else. Deliveries and attempts are work of the
-- webhook service: rows that it alone writes. Every event goes to every endpoint that listed its type
-- exactly once: the key webhook_delivery_once says so, and the cursor of the feed moves in the same
-- transaction. Signing secrets are stored nowhere, so no role can read them.
DO $$
BEGIN
    BEGIN
        CREATE ROLE webhook NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    EXECUTE format('ALTER ROLE webhook IN DATABASE %I SET statement_timeout = ''30s''',
        current_database());
    EXECUTE format(
        'ALTER ROLE webhook IN DATABASE %I SET idle_in_transaction_session_timeout = ''30s''',
        current_database());
END
$$;
GRANT USAGE ON SCHEMA public TO webhook;
GRANT SELECT ON store_epoch, schema_migration TO webhook;
GRANT SELECT ON event, merchant TO webhook;
CREATE POLICY event_of_webhook ON event FOR SELECT TO webhook USING (true);
CREATE POLICY merchant_of_webhook ON merchant FOR SELECT TO webhook USING (true);
GRANT SELECT, INSERT, UPDATE ON feed_cursor TO webhook;
-- The service reports endpoints that fail as commands, so that the orchestrator records it.
GRANT EXECUTE ON FUNCTION submit_commands, find_commands TO webhook;

-- A projection. Only writers: orchestrator, and control's rebuild.
CREATE TABLE webhook_endpoint (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    is_deleted boolean NOT NULL,
    document text COMPRESSION lz4 NOT NULL,
    CONSTRAINT webhook_endpoint_pkey PRIMARY KEY (merchant_id, id)
);
CREATE INDEX webhook_endpoint_newest ON webhook_endpoint (merchant_id, created_at, id)
    WHERE NOT is_deleted;

-- An endpoint as the feed has shown it to the service so far, with how well it does. A row is locked
-- while deliveries to it are claimed or recorded, so what it allows is counted exactly.
-- Only writer: webhook.
CREATE TABLE webhook_target (
    merchant_id text COLLATE "C" NOT NULL,
    endpoint_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    is_enabled boolean NOT NULL,
    is_deleted boolean NOT NULL,
    endpoint text COMPRESSION lz4 NOT NULL,
    health text NOT NULL,
    -- Nothing can be claimed before this moment; infinity while nothing waits.
    wake_at timestamptz NOT NULL DEFAULT 'infinity',
    served_at timestamptz NOT NULL DEFAULT '-infinity',
    CONSTRAINT webhook_target_pkey PRIMARY KEY (merchant_id, endpoint_id),
    CONSTRAINT webhook_target_deleted_is_off CHECK (NOT (is_deleted AND is_enabled))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX webhook_target_awake ON webhook_target (wake_at) WHERE is_enabled;

-- The body of an event in one version of the API, serialized once: every attempt sends these bytes.
-- Only writer: webhook.
CREATE TABLE webhook_message (
    merchant_id text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    api_version text NOT NULL,
    body text COMPRESSION lz4 NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT webhook_message_pkey PRIMARY KEY (merchant_id, event_id, api_version)
);

-- Only writer: webhook.
CREATE TABLE webhook_delivery (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    endpoint_id text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    event_type text NOT NULL,
    event_at timestamptz NOT NULL,
    api_version text NOT NULL,
    -- The aggregate that the event is about, and the event's place in its history.
    stream text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    status text NOT NULL,
    due_at timestamptz,
    -- The place in the schedule; a replay begins it again, and attempts count on.
    step integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    lease_owner text,
    lease_token bigint,
    lease_expires_at timestamptz,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT webhook_delivery_pkey PRIMARY KEY (merchant_id, id),
    CONSTRAINT webhook_delivery_once UNIQUE (merchant_id, endpoint_id, event_id),
    CONSTRAINT webhook_delivery_status CHECK (
        status IN ('pending', 'succeeded', 'failed', 'held', 'canceled')),
    CONSTRAINT webhook_delivery_due_while_pending CHECK ((status = 'pending') = (due_at IS NOT NULL)),
    CONSTRAINT webhook_delivery_lease_whole CHECK (
        (lease_token IS NULL) = (lease_expires_at IS NULL)
        AND (lease_token IS NULL) = (lease_owner IS NULL)),
    CONSTRAINT webhook_delivery_lease_while_pending CHECK (lease_token IS NULL OR status = 'pending')
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (merchant_id, endpoint_id, due_at, id)
    WHERE status = 'pending' AND lease_token IS NULL;
CREATE INDEX webhook_delivery_leased ON webhook_delivery (merchant_id, endpoint_id, lease_expires_at)
    WHERE lease_token IS NOT NULL;
CREATE INDEX webhook_delivery_in_order ON webhook_delivery (merchant_id, endpoint_id, stream, sequence)
    WHERE status = 'pending';
CREATE INDEX webhook_delivery_newest ON webhook_delivery (merchant_id, created_at, id);
CREATE INDEX webhook_delivery_of_event ON webhook_delivery (merchant_id, event_id);
CREATE INDEX webhook_delivery_finished ON webhook_delivery (finished_at)
    WHERE finished_at IS NOT NULL;
CREATE SEQUENCE webhook_lease_token;

-- What was sent and what came back. Only writer: webhook.
CREATE TABLE webhook_attempt (
    merchant_id text COLLATE "C" NOT NULL,
    delivery_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    started_at timestamptz NOT NULL,
    outcome text NOT NULL,
    url text,
    request_headers text COMPRESSION lz4,
    key_ids text[] NOT NULL DEFAULT '{}',
    peer_address text,
    resolve_microseconds bigint,
    connect_microseconds bigint,
    secure_microseconds bigint,
    first_byte_microseconds bigint,
    total_microseconds bigint,
    response_status smallint,
    response_headers text COMPRESSION lz4,
    response_body bytea COMPRESSION lz4,
    is_body_cut boolean NOT NULL DEFAULT false,
    next_attempt_at timestamptz,
    CONSTRAINT webhook_attempt_pkey PRIMARY KEY (merchant_id, delivery_id, number),
    CONSTRAINT webhook_attempt_number_positive CHECK (number > 0)
);
CREATE TRIGGER webhook_attempt_append_only BEFORE UPDATE ON webhook_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE webhook_endpoint ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_endpoint_of_own_merchant ON webhook_endpoint FOR SELECT TO gateway
    USING (merchant_id = current_setting('app.merchant', true));
CREATE POLICY webhook_endpoint_of_services ON webhook_endpoint TO orchestrator, control
    USING (true) WITH CHECK (true);
GRANT SELECT ON webhook_endpoint TO gateway, orchestrator, control;
GRANT INSERT, UPDATE ON webhook_endpoint TO orchestrator;

DO $$
DECLARE
    log name;
BEGIN
    FOREACH log IN ARRAY ARRAY['webhook_message', 'webhook_delivery', 'webhook_attempt']::name[] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', log);
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO gateway
                USING (merchant_id = current_setting(''app.merchant'', true))',
            log || '_of_own_merchant', log);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO webhook, control USING (true) WITH CHECK (true)',
            log || '_of_services', log);
        EXECUTE format('GRANT SELECT ON %I TO gateway, control', log);
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO webhook', log);
    END LOOP;
END
$$;
GRANT UPDATE ON webhook_delivery TO webhook;
GRANT USAGE ON SEQUENCE webhook_lease_token TO webhook;
GRANT SELECT, INSERT, UPDATE ON webhook_target TO webhook;
GRANT SELECT ON webhook_target TO control;
