-- What merchants asked for, what is left to do, and what was answered.
--
-- The command's row is the idempotency claim: the unique key makes a second claim impossible, and the
-- claim cannot outlive or precede the work, because it is the work. The gateway holds no privilege on
-- these tables; it goes through the functions below. Only writers: those functions and the orchestrator.
CREATE TABLE command (
    -- 36^12 - 1: the number is the retrieval reference of field 37, twelve digits in base 36.
    id bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 4738381338321616895),
    merchant_id text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    endpoint text NOT NULL,
    kind text NOT NULL,
    target text COLLATE "C" NOT NULL,
    body text COMPRESSION lz4 NOT NULL,
    request_id text NOT NULL,
    api_version text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT command_pkey PRIMARY KEY (id),
    CONSTRAINT command_idempotency_key UNIQUE (merchant_id, idempotency_key),
    CONSTRAINT command_idempotency_key_length CHECK (length(idempotency_key) BETWEEN 1 AND 255)
);
CREATE TRIGGER command_append_only BEFORE UPDATE ON command
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Commands left to do. Small rows that come and go: the dead ones are vacuumed early. The lease decides
-- in which indexes a row is, so a claim writes to them; the space left on each page keeps the new version
-- on it, so that the log says only what changed.
CREATE TABLE work (
    command_id bigint NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    submitter text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    lease_owner text,
    lease_token bigint,
    lease_expires_at timestamptz,
    claims integer NOT NULL DEFAULT 0,
    CONSTRAINT work_pkey PRIMARY KEY (command_id),
    CONSTRAINT work_lease_whole CHECK (
        (lease_token IS NULL) = (lease_expires_at IS NULL)
        AND (lease_token IS NULL) = (lease_owner IS NULL))
) WITH (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0
);
-- One command of a target runs at a time; a claim that collides fails and is tried again.
CREATE UNIQUE INDEX work_one_runs_per_target ON work (merchant_id, target)
    WHERE lease_token IS NOT NULL;
CREATE INDEX work_due ON work (due_at, command_id) WHERE lease_token IS NULL;
CREATE INDEX work_leased ON work (lease_expires_at) WHERE lease_token IS NOT NULL;
CREATE SEQUENCE work_lease_token;

CREATE TABLE reply (
    command_id bigint NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    status smallint NOT NULL,
    body text COMPRESSION lz4 NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT reply_pkey PRIMARY KEY (command_id),
    CONSTRAINT reply_status CHECK (status BETWEEN 200 AND 599)
);
CREATE TRIGGER reply_append_only BEFORE UPDATE ON reply
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

GRANT SELECT ON command, work, reply TO orchestrator, control;
GRANT INSERT, UPDATE, DELETE ON work TO orchestrator;
GRANT INSERT ON reply TO orchestrator;
GRANT USAGE ON SEQUENCE work_lease_token TO orchestrator;

-- Stores a batch of requests; a key that is taken is left alone and reported as not inserted.
CREATE FUNCTION submit_commands(
    merchant_ids text[], idempotency_keys text[], fingerprints bytea[], endpoints text[],
    kinds text[], targets text[], bodies text[], request_ids text[], api_versions text[],
    submitting_instance text
) RETURNS TABLE (ordinal bigint, command_id bigint, inserted boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    WITH submitted AS (
        INSERT INTO command (
            merchant_id, idempotency_key, fingerprint, endpoint, kind, target, body, request_id,
            api_version)
        SELECT * FROM unnest(
            merchant_ids, idempotency_keys, fingerprints, endpoints, kinds, targets, bodies,
            request_ids, api_versions)
        ON CONFLICT ON CONSTRAINT command_idempotency_key DO NOTHING
        RETURNING id, merchant_id, target, request_id
    ), queued AS (
        INSERT INTO work (command_id, merchant_id, target, submitter)
        SELECT id, merchant_id, target, submitting_instance FROM submitted
    )
    SELECT asked.ordinal, submitted.id, submitted.id IS NOT NULL
    FROM unnest(request_ids) WITH ORDINALITY AS asked (request_id, ordinal)
    LEFT JOIN submitted USING (request_id)
$$;

CREATE FUNCTION find_commands(merchant_ids text[], idempotency_keys text[])
RETURNS TABLE (
    merchant_id text, idempotency_key text, command_id bigint, fingerprint bytea, endpoint text,
    request_id text, status smallint, body text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    SELECT command.merchant_id, command.idempotency_key, command.id, command.fingerprint,
        command.endpoint, command.request_id, reply.status, reply.body
    FROM unnest(merchant_ids, idempotency_keys) AS asked (merchant_id, idempotency_key)
    JOIN command USING (merchant_id, idempotency_key)
    LEFT JOIN reply ON reply.command_id = command.id
$$;

CREATE FUNCTION fetch_replies(command_ids bigint[])
RETURNS TABLE (command_id bigint, status smallint, body text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    SELECT reply.command_id, reply.status, reply.body FROM reply
    WHERE reply.command_id = ANY (command_ids)
$$;

-- Answers for a command whose outcome takes too long. The first stored reply wins and is returned.
CREATE FUNCTION reply_processing(asked_command_id bigint, new_status smallint, new_body text)
RETURNS TABLE (status smallint, body text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO reply (command_id, merchant_id, status, body)
    SELECT id, merchant_id, new_status, new_body FROM command WHERE id = asked_command_id
    ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT reply.status, reply.body FROM reply WHERE command_id = asked_command_id;
END
$$;

REVOKE ALL ON FUNCTION submit_commands, find_commands, fetch_replies, reply_processing FROM PUBLIC;
GRANT EXECUTE ON FUNCTION submit_commands, find_commands, fetch_replies, reply_processing TO gateway;
-- The sweeper asks for the end of authorizations that nobody captured in time. It is the product's own
-- request, so the orchestrator submits it like any other: the idempotency key makes it one each.
GRANT EXECUTE ON FUNCTION submit_commands, find_commands TO orchestrator;
