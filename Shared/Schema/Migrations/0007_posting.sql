-- The only way into the books: opens accounts and posts journals, set-based. Lock order: accounts by id.

-- Accounts come into being with their first entry. Returns the account beside each leg of what is posted.
CREATE FUNCTION open_accounts(
    posted boolean[], entry_journals integer[], entry_codes smallint[], entry_currencies text[],
    leg_owners text[], leg_accounts bigint[]
) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    WITH opened AS (
        INSERT INTO account (merchant_id, code, currency)
        SELECT DISTINCT leg.owner, leg.code, leg.currency
        FROM unnest(entry_journals, entry_codes, entry_currencies, leg_owners, leg_accounts)
            AS leg (journal, code, currency, owner, account)
        WHERE posted[leg.journal] AND leg.account IS NULL
        ORDER BY leg.owner, leg.code, leg.currency
        ON CONFLICT DO NOTHING
        RETURNING id, merchant_id, code
    )
    INSERT INTO account_balance (account_id, merchant_id)
    SELECT opened.id, opened.merchant_id FROM opened JOIN account_code USING (code)
    WHERE policy = 'strict';

    RETURN ARRAY(
        SELECT coalesce(leg.account, (
            SELECT account.id FROM account WHERE account.merchant_id = leg.owner
                AND account.code = leg.code AND account.currency = leg.currency::char(3)))
        FROM unnest(entry_codes, entry_currencies, leg_owners, leg_accounts) WITH ORDINALITY
            AS leg (code, currency, owner, account, ordinal)
        ORDER BY leg.ordinal);
END
$$;
REVOKE ALL ON FUNCTION open_accounts FROM PUBLIC;

-- Posts a batch of journals in the caller's transaction and says for each what became of it. The words,
-- in the order in which they are checked: too_few_entries (an entry of nothing is none),
-- unknown_account, unbalanced, closed_period, duplicate; else posted. An item that is refused leaves
-- nothing behind, and the others are posted.
--
-- The order of the work: the values are checked, then the journal's row claims its event, then strict
-- accounts are locked in the order of their ids, then entries and balances are written in one
-- statement. The entries cannot come before the locks, because they bear the balance after them; what
-- can be checked without a lock is checked before.
--
-- Measured on two cores that others used too, PostgreSQL 15, fsync on, runs in turns, each per second:
--     pgbench -n -b tpcb-like -c 16 -j 2 -M prepared -T 8   (scale 50)     4391, 3086, 1533
--     pgbench -n -f post64.sql -c 16 -j 2 -M prepared -T 8   (64 journals)  160,  143,   89
-- post64.sql posts 64 captures of three legs for merchants out of 10,000: a journal costs a half to a
-- quarter of a tpcb-like transaction. The processor is the limit: about 6.3 ms of it a call, of which
-- 2.7 ms are the bare inserts of 64 headers and 192 entries, and about 2 ms the checks above.
CREATE FUNCTION post_journals(
    journal_ids text[], merchant_ids text[], kinds text[], currencies text[], streams text[],
    versions integer[], source_ids text[], effective_ats timestamptz[],
    entry_journals integer[], entry_codes smallint[], entry_currencies text[], entry_amounts bigint[]
) RETURNS TABLE (ordinal integer, result text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    results text[];
    posted boolean[];
    -- Beside each leg: whose account it is (null when the chart does not have it), and its account.
    leg_owners text[];
    leg_accounts bigint[];
BEGIN
    SELECT array_agg(owner ORDER BY ordinal), array_agg(
        (SELECT account.id FROM account WHERE account.merchant_id = owner
            AND account.code = leg.code AND account.currency = leg.currency::char(3))
        ORDER BY ordinal)
    INTO leg_owners, leg_accounts
    FROM (
        SELECT asked.code, asked.currency, asked.ordinal,
            (SELECT CASE scope WHEN 'merchant' THEN merchant_ids[asked.journal] ELSE 'platform' END
            FROM account_code WHERE account_code.code = asked.code AND length(asked.currency) = 3)
                AS owner
        FROM unnest(entry_journals, entry_codes, entry_currencies) WITH ORDINALITY
            AS asked (journal, code, currency, ordinal)
        OFFSET 0
    ) leg;

    WITH checked AS (
        SELECT item.*,
            CASE
                WHEN legs.moving IS NULL OR legs.moving < 2 OR legs.moving < legs.count
                    THEN 'too_few_entries'
                WHEN legs.unknown > 0 THEN 'unknown_account'
                WHEN legs.off THEN 'unbalanced'
                WHEN (SELECT closed_before FROM closed_period
                    WHERE closed_period.currency = item.currency::char(3)) > item.effective_at
                    THEN 'closed_period'
                ELSE 'posted'
            END AS verdict
        FROM unnest(
            journal_ids, merchant_ids, kinds, currencies, streams, versions, source_ids,
            effective_ats
        ) WITH ORDINALITY AS item (
            id, merchant_id, kind, currency, stream, version, source_id, effective_at, ordinal)
        LEFT JOIN (
            SELECT journal, sum(count) AS count, sum(moving) AS moving, sum(unknown) AS unknown,
                bool_or(total <> 0) AS off
            FROM (
                SELECT leg.journal, count(*) AS count, sum(leg.amount) AS total,
                    count(*) FILTER (WHERE leg.amount <> 0) AS moving,
                    count(*) FILTER (WHERE leg.owner IS NULL) AS unknown
                FROM unnest(entry_journals, entry_currencies, entry_amounts, leg_owners)
                    AS leg (journal, currency, amount, owner)
                GROUP BY leg.journal, leg.currency
            ) per_currency
            GROUP BY journal
        ) legs ON legs.journal = item.ordinal
    ), numbered AS MATERIALIZED (
        SELECT checked.*,
            row_number() OVER (PARTITION BY id, verdict ORDER BY ordinal) AS occurrence
        FROM checked
    ), claimed AS (
        INSERT INTO journal (
            id, merchant_id, kind, currency, stream, version, source_id, effective_at)
        SELECT id, merchant_id, kind, currency, stream, version, source_id, effective_at
        FROM numbered WHERE verdict = 'posted' AND occurrence = 1
        ORDER BY ordinal
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    SELECT array_agg(
            CASE WHEN verdict = 'posted' AND NOT posted THEN 'duplicate' ELSE verdict END
            ORDER BY ordinal),
        array_agg(posted ORDER BY ordinal)
    INTO results, posted
    FROM (
        SELECT ordinal, verdict, claimed.id IS NOT NULL AND occurrence = 1 AS posted
        FROM numbered LEFT JOIN claimed ON claimed.id = numbered.id AND verdict = 'posted'
    ) outcome;

    IF true = ANY (posted) THEN
        IF array_position(leg_accounts, NULL) IS NOT NULL THEN
            leg_accounts := open_accounts(
                posted, entry_journals, entry_codes, entry_currencies, leg_owners, leg_accounts);
        END IF;

        PERFORM FROM account_balance
        WHERE account_id = ANY (ARRAY(
            SELECT DISTINCT leg.account FROM unnest(entry_journals, leg_accounts) AS leg (journal, account)
            WHERE posted[leg.journal]))
        ORDER BY account_id
        FOR NO KEY UPDATE;

        WITH leg AS (
            SELECT leg.journal, leg.currency, leg.amount, leg.account, leg.ordinal,
                row_number() OVER (PARTITION BY leg.journal ORDER BY leg.ordinal) AS number,
                balance.balance_minor + sum(leg.amount) OVER mounting AS balance_after,
                balance.version + count(*) OVER mounting AS account_version
            FROM unnest(entry_journals, entry_currencies, entry_amounts, leg_accounts)
                WITH ORDINALITY AS leg (journal, currency, amount, account, ordinal)
            LEFT JOIN LATERAL (
                SELECT balance_minor, version FROM account_balance
                WHERE account_balance.account_id = leg.account OFFSET 0
            ) balance ON true
            WHERE posted[leg.journal]
            WINDOW mounting AS (PARTITION BY leg.account ORDER BY leg.ordinal)
        ), written AS (
            INSERT INTO entry (
                journal_id, leg, merchant_id, account_id, amount_minor, currency,
                balance_after_minor, account_version)
            SELECT journal_ids[journal], number, merchant_ids[journal], account, amount, currency,
                balance_after, account_version
            FROM leg
            ORDER BY ordinal
            RETURNING account_id, amount_minor, account_version
        )
        UPDATE account_balance balance
        SET balance_minor = balance.balance_minor + delta.amount, version = delta.version
        FROM (
            SELECT account_id, sum(amount_minor) AS amount, max(account_version) AS version
            FROM written WHERE account_version IS NOT NULL GROUP BY account_id
        ) delta
        WHERE balance.account_id = delta.account_id;
    END IF;
    RETURN QUERY SELECT i::integer, results[i] FROM generate_subscripts(results, 1) AS i;
END
$$;
REVOKE ALL ON FUNCTION post_journals FROM PUBLIC;
GRANT EXECUTE ON FUNCTION post_journals TO orchestrator;
