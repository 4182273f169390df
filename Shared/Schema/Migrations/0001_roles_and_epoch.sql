-- Roles are shared by all databases of a cluster, so they are made only where missing. Each service
-- acts in a role of its own and holds the least that its work needs; see the grants beside each table.
DO $$
DECLARE
    wanted name;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['gateway', 'orchestrator', 'control']::name[] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

-- What logs in as one of these roles cannot keep a transaction, and its locks, for longer than this.
-- The product's own services log in as the owner and act as the role, for which PostgreSQL does not
-- read these settings; they send the same limits when they connect.
DO $$
DECLARE
    limited name;
BEGIN
    FOREACH limited IN ARRAY ARRAY['gateway', 'orchestrator']::name[] LOOP
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET statement_timeout = ''30s''',
            limited, current_database());
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET idle_in_transaction_session_timeout = ''30s''',
            limited, current_database());
    END LOOP;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO gateway, orchestrator, control;

-- Transaction ids begin again in a new cluster. The epoch orders them: the migrator raises it when the
-- cluster is not the one it was. Only writer: the migrator.
CREATE TABLE store_epoch (
    epoch integer NOT NULL,
    system_identifier bigint NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT store_epoch_pkey PRIMARY KEY (epoch)
);
INSERT INTO store_epoch (epoch, system_identifier)
SELECT 1, system_identifier FROM pg_control_system();
GRANT SELECT ON store_epoch, schema_migration TO gateway, orchestrator, control;

CREATE FUNCTION current_epoch() RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = public, pg_temp
AS 'SELECT max(epoch) FROM store_epoch';

-- What is appended is never changed, not even by the owner of the table.
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
$$;
