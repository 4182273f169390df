-- Reconciliation reads every table, also those that came after it.
--
-- A table whose rows are guarded by merchant shows nothing to a role that no policy names: a check over
-- it would find nothing and say so. A migration that guards a table calls this at its end.
CREATE PROCEDURE open_to_reconciliation()
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    guarded name;
BEGIN
    FOR guarded IN
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relrowsecurity
            AND NOT relispartition
            -- Hashes of keys prove nothing about money.
            AND relname <> 'api_key'
            AND NOT EXISTS (
                SELECT FROM pg_policy
                WHERE polrelid = pg_class.oid AND 'reconciliation'::regrole = ANY (polroles))
    LOOP
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO reconciliation USING (true)',
            guarded || '_of_reconciliation', guarded);
        EXECUTE format('GRANT SELECT ON %I TO reconciliation', guarded);
    END LOOP;
END
$$;
REVOKE ALL ON PROCEDURE open_to_reconciliation FROM PUBLIC;
CALL open_to_reconciliation();

-- What a clearing file's trailer says: columns 19 to 66 of its last line of 104 characters.
CREATE FUNCTION clearing_trailer(
    content text, OUT sale_minor bigint, OUT refund_minor bigint, OUT interchange_minor bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT substr(line, 19, 16)::bigint, substr(line, 35, 16)::bigint, substr(line, 51, 16)::bigint
    FROM (SELECT right(rtrim(content, E'\n'), 104)) trailer (line)
$$;
