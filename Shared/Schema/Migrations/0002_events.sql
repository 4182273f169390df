-- The event store: the source of truth, and the feed of every consumer.
--
-- One table, not partitioned: the key (merchant_id, stream, version) must be unique over the whole
-- store, which an index of a table partitioned by time could not say. Hash partitions by merchant could,
-- and cost more: 256 events (64 streams of 4) in one statement took 4.9 to 5.1 ms of the server's CPU
-- plain and 6.9 to 8.0 ms in 16 partitions, each with the same three indexes; and the feed would have
-- to merge all partitions. (PostgreSQL 15, `pgbench -n -c 1 -M prepared -T 5 -f insert.sql`, CPU from
-- /proc/<backend>/stat, because the machine was shared.)
-- Only writer: orchestrator.
CREATE TABLE event (
    epoch integer NOT NULL DEFAULT current_epoch(),
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    position bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    type text NOT NULL,
    type_version smallint NOT NULL,
    data text COMPRESSION lz4 NOT NULL,
    command_id bigint NOT NULL,
    request_id text NOT NULL,
    idempotency_key text,
    recorded_at timestamptz NOT NULL,
    effective_at timestamptz NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (merchant_id, stream, version),
    CONSTRAINT event_version_positive CHECK (version BETWEEN 1 AND 3843)
);
-- The feed, in commit order.
CREATE INDEX event_feed ON event (epoch, tx, position);
-- A merchant's own events, newest first.
CREATE INDEX event_of_merchant ON event (merchant_id, epoch, tx, position);

CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_not_truncated BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A stream has no holes: a version follows its predecessor in the same transaction or an earlier one.
CREATE FUNCTION refuse_holes_in_streams() RETURNS trigger
LANGUAGE plpgsql
-- Planned once a session, often while the table is still empty; the plan must fit when it has grown.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM appended
        -- Counted, not joined: so it can only be a look-up in the index.
        WHERE appended.version > 1 AND 0 = (
            SELECT count(*) FROM event
            WHERE event.merchant_id = appended.merchant_id AND event.stream = appended.stream
                AND event.version = appended.version - 1)
    ) THEN
        RAISE EXCEPTION 'a version of a stream does not follow its predecessor'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'event_version_dense';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER event_version_dense AFTER INSERT ON event
    REFERENCING NEW TABLE AS appended
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_holes_in_streams();

-- An event takes its place in the feed from the transaction that appends it: under an older transaction
-- or another epoch it would lie behind the place that readers have reached, where none would see it.
CREATE FUNCTION check_place_in_feed() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM appended
        WHERE tx <> pg_current_xact_id() OR epoch <> (SELECT current_epoch())
    ) THEN
        RAISE EXCEPTION 'an event takes its place in the feed from the transaction that appends it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'event_place_in_feed';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER event_place_in_feed AFTER INSERT ON event
    REFERENCING NEW TABLE AS appended
    FOR EACH STATEMENT EXECUTE FUNCTION check_place_in_feed();

ALTER TABLE event ENABLE ROW LEVEL SECURITY;
CREATE POLICY event_of_own_merchant ON event FOR SELECT TO gateway
    USING (merchant_id = current_setting('app.merchant', true));
CREATE POLICY event_of_services ON event TO orchestrator, control USING (true) WITH CHECK (true);
GRANT SELECT ON event TO gateway, orchestrator, control;
-- All but its place in the feed.
GRANT INSERT (
    merchant_id, stream, version, type, type_version, data, command_id, request_id, idempotency_key,
    recorded_at, effective_at
) ON event TO orchestrator;

-- How far each consumer of the feed has come. Only writer: the consumer itself.
CREATE TABLE feed_cursor (
    consumer text NOT NULL,
    epoch integer NOT NULL,
    tx xid8 NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT feed_cursor_pkey PRIMARY KEY (consumer)
);
GRANT SELECT, INSERT, UPDATE ON feed_cursor TO orchestrator, control;
