-- Reconciliation: what was checked, what was found, what became of it, and seals over the journals.
--
-- The role reads everything and writes only here; it can neither append an event nor post a journal.
DO $$
BEGIN
    CREATE ROLE reconciliation NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;
GRANT USAGE ON SCHEMA public TO reconciliation;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reconciliation;
-- Hashes of keys prove nothing about money.
REVOKE SELECT ON api_key FROM reconciliation;
GRANT EXECUTE ON FUNCTION account_balance_now TO reconciliation;
-- What later migrations add is read as well.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reconciliation;
DO $$
DECLARE
    guarded name;
BEGIN
    FOR guarded IN
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity
            AND relname <> 'api_key'
    LOOP
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO reconciliation USING (true)',
            guarded || '_of_reconciliation', guarded);
    END LOOP;
END
$$;

-- One row for each run that came to its end; a run that is killed leaves nothing.
-- Only writer: reconciliation.
CREATE TABLE reconciliation_run (
    id bigint GENERATED ALWAYS AS IDENTITY,
    extent text NOT NULL,
    scope text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    rows_checked bigint NOT NULL,
    found integer NOT NULL,
    is_truncated boolean NOT NULL,
    CONSTRAINT reconciliation_run_pkey PRIMARY KEY (id),
    CONSTRAINT reconciliation_run_extent CHECK (extent IN ('full', 'part', 'incremental'))
);
CREATE TRIGGER reconciliation_run_append_only BEFORE UPDATE OR DELETE ON reconciliation_run
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- How far incremental runs have come. Only writer: reconciliation.
CREATE TABLE reconciliation_watermark (
    single boolean NOT NULL DEFAULT true,
    event_epoch integer NOT NULL,
    event_tx xid8 NOT NULL,
    event_position bigint NOT NULL,
    batch_epoch integer NOT NULL,
    batch_tx xid8 NOT NULL,
    batch_id bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT reconciliation_watermark_pkey PRIMARY KEY (single),
    CONSTRAINT reconciliation_watermark_single CHECK (single)
);

-- What was proved of each strict account: its first so many entries come to this balance.
-- Only writer: reconciliation.
CREATE TABLE reconciled_account (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    balance_minor bigint NOT NULL,
    CONSTRAINT reconciled_account_pkey PRIMARY KEY (account_id)
) WITH (fillfactor = 70);

-- What does not agree, and what people did about it. A row is never deleted: it is closed.
-- Only writer: reconciliation.
CREATE TABLE discrepancy (
    id bigint GENERATED ALWAYS AS IDENTITY,
    class text NOT NULL,
    subject text COLLATE "C" NOT NULL,
    merchant_id text COLLATE "C",
    currency text,
    expected_minor bigint,
    actual_minor bigint,
    left_id text,
    right_id text,
    detail text NOT NULL,
    occurred_at timestamptz,
    found_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    first_run bigint NOT NULL REFERENCES reconciliation_run (id),
    last_run bigint NOT NULL REFERENCES reconciliation_run (id),
    status text NOT NULL DEFAULT 'open',
    proposed_by text,
    approved_by text,
    proposal text,
    CONSTRAINT discrepancy_pkey PRIMARY KEY (id),
    CONSTRAINT discrepancy_status CHECK (
        status IN ('open', 'proposed', 'approved', 'closed')),
    CONSTRAINT discrepancy_two_operators CHECK (approved_by <> proposed_by),
    CONSTRAINT discrepancy_proposal CHECK (
        status NOT IN ('proposed', 'approved')
        OR (proposed_by IS NOT NULL AND proposal IS NOT NULL)),
    CONSTRAINT discrepancy_approval CHECK (
        status <> 'approved' OR approved_by IS NOT NULL)
);
-- The same break is one discrepancy until it is closed.
CREATE UNIQUE INDEX discrepancy_once ON discrepancy (class, subject, coalesce(currency, ''))
    WHERE status <> 'closed';

CREATE FUNCTION check_discrepancy_step() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF (NEW.id, NEW.class, NEW.subject, NEW.found_at, NEW.first_run)
        IS DISTINCT FROM (OLD.id, OLD.class, OLD.subject, OLD.found_at, OLD.first_run)
    THEN
        RAISE EXCEPTION 'a discrepancy stays about what it was found for'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_identity';
    ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('open', 'proposed'), ('proposed', 'open'), ('proposed', 'approved'), ('approved', 'open'),
        ('open', 'closed'), ('approved', 'closed'))
    THEN
        RAISE EXCEPTION 'a discrepancy does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_step_legal';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER discrepancy_step_legal BEFORE UPDATE ON discrepancy
    FOR EACH ROW EXECUTE FUNCTION check_discrepancy_step();
CREATE TRIGGER discrepancy_stays BEFORE DELETE ON discrepancy
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER discrepancy_not_truncated BEFORE TRUNCATE ON discrepancy
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE discrepancy_step (
    discrepancy_id bigint NOT NULL REFERENCES discrepancy (id),
    number integer NOT NULL,
    status text NOT NULL,
    operator text NOT NULL,
    note text NOT NULL,
    taken_at timestamptz NOT NULL,
    CONSTRAINT discrepancy_step_pkey PRIMARY KEY (discrepancy_id, number),
    CONSTRAINT discrepancy_step_operator CHECK (length(operator) BETWEEN 1 AND 255)
);
CREATE TRIGGER discrepancy_step_append_only BEFORE UPDATE OR DELETE ON discrepancy_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER discrepancy_step_not_truncated BEFORE TRUNCATE ON discrepancy_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Seals: each closes a range of posting batches below the horizon into the root of a Merkle tree
-- (RFC 6962) over its journals; each names the one before it, so none can be left out.
-- Only writer: reconciliation.
CREATE TABLE seal (
    id bigint NOT NULL,
    to_epoch integer NOT NULL,
    to_tx xid8 NOT NULL,
    to_batch bigint NOT NULL,
    leaf_count integer NOT NULL,
    -- The hashes of the leaves, 32 bytes each, in the order of the batches and of the journals in them.
    leaves bytea NOT NULL,
    root bytea NOT NULL,
    previous_chain bytea NOT NULL,
    chain bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT seal_pkey PRIMARY KEY (id),
    CONSTRAINT seal_in_order UNIQUE (to_epoch, to_tx, to_batch),
    CONSTRAINT seal_leaves CHECK (leaf_count > 0 AND length(leaves) = 32 * leaf_count),
    CONSTRAINT seal_hashes CHECK (
        length(root) = 32 AND length(previous_chain) = 32 AND length(chain) = 32)
);
CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE ON seal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER seal_not_truncated BEFORE TRUNCATE ON seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A journal as it is sealed: lines that anybody can write down from what the API shows of it. Null for
-- a journal that is not there.
CREATE FUNCTION journal_leaf(asked_id text) RETURNS text
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT concat_ws(E'\n', 'journal 1', journal.id, journal.merchant_id, journal.kind,
        journal.currency, journal.source_id,
        (extract(epoch FROM journal.effective_at) * 1000000)::bigint::text,
        (SELECT string_agg(concat_ws(' ',
            account_code.name
                || CASE account_code.scope WHEN 'merchant' THEN ':' || account.merchant_id ELSE '' END
                || ':' || account.currency,
            greatest(entry.amount_minor, 0)::text, greatest(-entry.amount_minor, 0)::text),
            E'\n' ORDER BY entry.leg)
        FROM entry
        LEFT JOIN account ON account.id = entry.account_id
        LEFT JOIN account_code ON account_code.code = account.code
        WHERE entry.journal_id = journal.id))
    FROM journal WHERE journal.id = asked_id
$$;

-- The hashes that lead from a leaf, counted from 0, to the root, from the leaf's neighbour upwards. Level
-- by level neighbours are joined, and one without a neighbour rises as it is: the tree of RFC 6962.
CREATE FUNCTION merkle_path(leaves bytea, leaf_index integer) RETURNS bytea[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    nodes bytea[] := ARRAY(
        SELECT substr(leaves, i * 32 + 1, 32) FROM generate_series(0, length(leaves) / 32 - 1) i
        ORDER BY i);
    place integer := leaf_index;
    path bytea[] := '{}';
BEGIN
    WHILE cardinality(nodes) > 1 LOOP
        IF (place # 1) < cardinality(nodes) THEN
            path := path || nodes[(place # 1) + 1];
        END IF;
        nodes := ARRAY(
            SELECT CASE WHEN 2 * i + 2 > cardinality(nodes) THEN nodes[2 * i + 1]
                ELSE sha256('\x01'::bytea || nodes[2 * i + 1] || nodes[2 * i + 2]) END
            FROM generate_series(0, (cardinality(nodes) - 1) / 2) i ORDER BY i);
        place := place / 2;
    END LOOP;
    RETURN path;
END
$$;

-- What shows that a merchant's journal was sealed; no row while it is not sealed, or not this
-- merchant's. The gateway reads seals by this function only: leaves of others are hashes to it.
CREATE FUNCTION journal_proof(asked_merchant_id text, asked_id text)
RETURNS TABLE (
    seal_id bigint, sealed_at timestamptz, leaf text, leaf_index integer, leaf_count integer,
    path bytea[], root bytea, previous_chain bytea, chain bytea)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    WITH place AS (
        SELECT batch.epoch, batch.tx, batch.id,
            array_position(batch.journal_ids, journal.id) AS number
        FROM journal
        JOIN posting_batch batch ON batch.epoch IN (SELECT epoch FROM store_epoch)
            AND batch.tx = journal.tx AND journal.id = ANY (batch.journal_ids)
        WHERE journal.id = asked_id AND journal.merchant_id = asked_merchant_id
        LIMIT 1
    ), sealed AS (
        SELECT seal.id, seal.sealed_at, seal.leaf_count, seal.leaves, seal.root,
            seal.previous_chain, seal.chain,
            (place.number - 1 + (
                SELECT count(*) FROM posting_batch before, unnest(before.journal_ids)
                WHERE (before.epoch, before.tx, before.id) < (place.epoch, place.tx, place.id)
                    AND (before.epoch, before.tx, before.id) > (
                        coalesce(previous.to_epoch, 0), coalesce(previous.to_tx, '0'::xid8),
                        coalesce(previous.to_batch, 0))))::integer AS place
        FROM place
        JOIN LATERAL (
            SELECT * FROM seal
            WHERE (seal.to_epoch, seal.to_tx, seal.to_batch) >= (place.epoch, place.tx, place.id)
            ORDER BY seal.to_epoch, seal.to_tx, seal.to_batch LIMIT 1
        ) seal ON true
        LEFT JOIN seal previous ON previous.id = seal.id - 1
    )
    SELECT id, sealed_at, journal_leaf(asked_id), place, leaf_count, merkle_path(leaves, place), root,
        previous_chain, chain
    FROM sealed
$$;
REVOKE ALL ON FUNCTION journal_leaf, merkle_path, journal_proof FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journal_leaf TO reconciliation;
GRANT EXECUTE ON FUNCTION journal_proof TO gateway;

GRANT SELECT, INSERT ON reconciliation_run, discrepancy_step, seal TO reconciliation;
GRANT SELECT, INSERT, UPDATE ON reconciliation_watermark, reconciled_account, discrepancy
    TO reconciliation;
GRANT SELECT ON reconciliation_run, reconciliation_watermark, discrepancy, discrepancy_step, seal
    TO control;
