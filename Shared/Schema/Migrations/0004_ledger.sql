-- The books. Journals are posted by post_journals and by nothing else; the checks below do not trust it.
-- Only writer of all tables here: post_journals, called by the orchestrator.

-- The chart of accounts, as Shared/Ledger has it; a test compares the two.
CREATE TABLE account_code (
    code smallint NOT NULL,
    name text NOT NULL,
    normal_side text NOT NULL,
    policy text NOT NULL,
    scope text NOT NULL,
    CONSTRAINT account_code_pkey PRIMARY KEY (code),
    CONSTRAINT account_code_normal_side CHECK (normal_side IN ('debit', 'credit')),
    CONSTRAINT account_code_policy CHECK (policy IN ('strict', 'rollup')),
    CONSTRAINT account_code_scope CHECK (scope IN ('platform', 'merchant'))
);
INSERT INTO account_code (code, name, normal_side, policy, scope) VALUES
    (1100, 'customer_receivable', 'debit', 'rollup', 'platform'),
    (2010, 'merchant_escrow.pending', 'credit', 'strict', 'merchant'),
    (2011, 'merchant_escrow.available', 'credit', 'strict', 'merchant'),
    (2110, 'refund_clearing', 'credit', 'rollup', 'platform'),
    (4010, 'platform_fees', 'credit', 'rollup', 'platform'),
    (4011, 'platform_fees_refunded', 'debit', 'rollup', 'platform');

CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY,
    merchant_id text NOT NULL,
    code smallint NOT NULL REFERENCES account_code (code),
    currency char(3) NOT NULL,
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_of_owner UNIQUE (merchant_id, code, currency)
);

-- Balances of strict accounts; a balance is signed, debits positive. Rolled-up accounts have no row
-- here: one hot row would serialize all payments.
CREATE TABLE account_balance (
    account_id bigint NOT NULL REFERENCES account (id),
    balance_minor bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    CONSTRAINT account_balance_pkey PRIMARY KEY (account_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE closed_period (
    currency char(3) NOT NULL,
    closed_before timestamptz NOT NULL,
    CONSTRAINT closed_period_pkey PRIMARY KEY (currency)
);

CREATE TABLE posting_batch (
    id bigint GENERATED ALWAYS AS IDENTITY,
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    journal_ids text[] NOT NULL,
    CONSTRAINT posting_batch_pkey PRIMARY KEY (id)
);

CREATE TABLE journal (
    id text NOT NULL,
    merchant_id text NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    currency char(3) NOT NULL,
    stream text NOT NULL,
    version integer NOT NULL,
    source_id text NOT NULL,
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    effective_at timestamptz NOT NULL,
    CONSTRAINT journal_pkey PRIMARY KEY (id)
);
CREATE INDEX journal_of_merchant ON journal (merchant_id, position);
CREATE INDEX journal_of_stream ON journal (merchant_id, stream, version);

CREATE TABLE entry (
    journal_id text NOT NULL,
    leg smallint NOT NULL,
    merchant_id text NOT NULL,
    account_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    balance_after_minor bigint,
    account_version bigint,
    CONSTRAINT entry_pkey PRIMARY KEY (journal_id, leg),
    CONSTRAINT entry_not_zero CHECK (amount_minor <> 0)
);
CREATE INDEX entry_of_account ON entry (account_id, journal_id);

-- The functions below plan their statements once a session, often while the tables are still empty; a plan
-- that reads a small table from end to end would stay when the table has grown. Each of these statements
-- has an index to use, so they are told to.
-- 1. Every statement that writes entries is zero-sum per journal and currency, whoever runs it.
-- 3. Entries go only into journals that this very transaction made.
CREATE FUNCTION check_written_entries() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
BEGIN
    IF EXISTS (SELECT FROM written GROUP BY journal_id, currency HAVING sum(amount_minor) <> 0) THEN
        RAISE EXCEPTION 'entries of a journal do not sum to zero'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_zero_sum';
    END IF;
    IF EXISTS (
        SELECT FROM written LEFT JOIN journal ON journal.id = written.journal_id
        WHERE journal.id IS NULL OR journal.tx <> pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION 'entries may only join a journal of the same transaction'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_journal_open';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entry_zero_sum AFTER INSERT ON entry REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION check_written_entries();

-- 2. At commit: each journal of the posting has entries, and they balance.
CREATE FUNCTION check_posting_batch() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(NEW.journal_ids) AS posted (id)
        LEFT JOIN LATERAL (
            SELECT count(*) AS legs, coalesce(sum(per_currency.total), 0) AS off
            FROM (
                SELECT count(*) AS legs, abs(sum(amount_minor)) AS total
                FROM entry WHERE entry.journal_id = posted.id GROUP BY currency
            ) per_currency
        ) sums ON true
        LEFT JOIN journal ON journal.id = posted.id
        WHERE journal.id IS NULL OR sums.legs = 0 OR sums.off <> 0
    ) THEN
        RAISE EXCEPTION 'a journal of the posting is missing, empty or unbalanced'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_batch_balanced';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER posting_batch_balanced AFTER INSERT ON posting_batch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_posting_batch();

-- Whoever writes headers, their posting is written with them, and checked at commit.
CREATE FUNCTION record_posting_batch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
BEGIN
    INSERT INTO posting_batch (journal_ids) SELECT array_agg(id) FROM written HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER journal_posting AFTER INSERT ON journal REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION record_posting_batch();

-- 4. Append-only, for the owner too.
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_not_truncated BEFORE TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_not_truncated BEFORE TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posting_batch_append_only BEFORE UPDATE OR DELETE ON posting_batch
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- 5. Balance rows change only while the posting function says so, for this transaction.
CREATE FUNCTION refuse_silent_balance() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
BEGIN
    IF current_setting('app.posting', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        RAISE EXCEPTION 'a balance changes only by posting a journal'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_balance_by_posting';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER account_balance_by_posting BEFORE INSERT OR UPDATE OR DELETE ON account_balance
    FOR EACH ROW EXECUTE FUNCTION refuse_silent_balance();
CREATE TRIGGER account_balance_not_truncated BEFORE TRUNCATE ON account_balance
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Posts a batch of journals in the caller's transaction and says for each what became of it:
-- posted, duplicate, unknown_account, unbalanced, too_few_entries, closed_period. An item that is
-- refused leaves nothing behind, and the others are posted. Lock order: accounts by id.
CREATE FUNCTION post_journals(
    journal_ids text[], merchant_ids text[], kinds text[], currencies text[], streams text[],
    versions integer[], source_ids text[], effective_ats timestamptz[],
    entry_journals integer[], entry_codes smallint[], entry_currencies text[], entry_amounts bigint[]
) RETURNS TABLE (ordinal integer, result text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    results text[];
BEGIN
    SELECT array_agg(
        CASE
            WHEN legs.count IS NULL OR legs.count < 2 THEN 'too_few_entries'
            WHEN legs.unknown > 0 THEN 'unknown_account'
            WHEN legs.off THEN 'unbalanced'
            WHEN closed.closed_before > item.effective_at THEN 'closed_period'
            WHEN known.id IS NOT NULL OR item.repeated > 1 THEN 'duplicate'
            ELSE 'posted'
        END ORDER BY item.ordinal)
    INTO results
    FROM (
        SELECT asked.*, row_number() OVER (PARTITION BY asked.id ORDER BY asked.ordinal) AS repeated
        FROM unnest(journal_ids, currencies, effective_ats)
            WITH ORDINALITY AS asked (id, currency, effective_at, ordinal)
    ) item
    LEFT JOIN (
        SELECT journal, sum(count) AS count, sum(unknown) AS unknown, bool_or(total <> 0) AS off
        FROM (
            SELECT leg.journal, leg.currency, count(*) AS count, sum(leg.amount) AS total,
                count(*) FILTER (WHERE account_code.code IS NULL) AS unknown
            FROM unnest(entry_journals, entry_codes, entry_currencies, entry_amounts)
                AS leg (journal, code, currency, amount)
            LEFT JOIN account_code ON account_code.code = leg.code
            GROUP BY leg.journal, leg.currency
        ) per_currency
        GROUP BY journal
    ) legs ON legs.journal = item.ordinal
    LEFT JOIN journal known ON known.id = item.id
    LEFT JOIN closed_period closed ON closed.currency = item.currency;

    IF NOT 'posted' = ANY (results) THEN
        RETURN QUERY SELECT i::integer, results[i] FROM generate_subscripts(results, 1) AS i;
        RETURN;
    END IF;
    PERFORM set_config('app.posting', pg_current_xact_id()::text, true);

    -- Accounts come into being with their first entry.
    WITH wanted AS (
        SELECT DISTINCT
            CASE account_code.scope WHEN 'merchant' THEN merchant_ids[leg.journal] ELSE 'platform' END
                AS merchant_id, leg.code, leg.currency, account_code.policy
        FROM unnest(entry_journals, entry_codes, entry_currencies) AS leg (journal, code, currency)
        JOIN account_code USING (code)
        WHERE results[leg.journal] = 'posted'
    ), missing AS (
        INSERT INTO account (merchant_id, code, currency)
        SELECT merchant_id, code, currency FROM wanted
        WHERE NOT EXISTS (
            SELECT FROM account WHERE (account.merchant_id, account.code, account.currency)
                = (wanted.merchant_id, wanted.code, wanted.currency))
        ORDER BY merchant_id, code, currency
        ON CONFLICT DO NOTHING
        RETURNING id, code
    )
    INSERT INTO account_balance (account_id)
    SELECT missing.id FROM missing JOIN account_code USING (code) WHERE policy = 'strict'
    ON CONFLICT DO NOTHING;

    INSERT INTO journal (id, merchant_id, kind, currency, stream, version, source_id, effective_at)
    SELECT item.id, item.merchant_id, item.kind, item.currency, item.stream, item.version,
        item.source_id, item.effective_at
    FROM unnest(journal_ids, merchant_ids, kinds, currencies, streams, versions, source_ids, effective_ats)
        WITH ORDINALITY
        AS item (id, merchant_id, kind, currency, stream, version, source_id, effective_at, ordinal)
    WHERE results[item.ordinal] = 'posted'
    ORDER BY item.ordinal;

    PERFORM FROM account_balance
    WHERE account_id IN (
        SELECT account.id
        FROM unnest(entry_journals, entry_codes, entry_currencies) AS leg (journal, code, currency)
        JOIN account ON account.merchant_id = merchant_ids[leg.journal]
            AND account.code = leg.code AND account.currency = leg.currency
        WHERE results[leg.journal] = 'posted')
    ORDER BY account_id
    FOR NO KEY UPDATE;

    WITH leg AS (
        SELECT leg.journal, leg.currency, leg.amount, leg.ordinal,
            row_number() OVER (PARTITION BY leg.journal ORDER BY leg.ordinal) AS leg,
            account.id AS account_id, account.merchant_id,
            balance.account_id IS NOT NULL AS strict,
            balance.balance_minor + sum(leg.amount) OVER mounting AS balance_after,
            balance.version + count(*) OVER mounting AS account_version
        FROM unnest(entry_journals, entry_codes, entry_currencies, entry_amounts)
            WITH ORDINALITY AS leg (journal, code, currency, amount, ordinal)
        JOIN account_code USING (code)
        JOIN account ON account.code = leg.code AND account.currency = leg.currency
            AND account.merchant_id = CASE account_code.scope
                WHEN 'merchant' THEN merchant_ids[leg.journal] ELSE 'platform' END
        LEFT JOIN account_balance balance ON balance.account_id = account.id
        WHERE results[leg.journal] = 'posted'
        WINDOW mounting AS (PARTITION BY account.id ORDER BY leg.journal, leg.ordinal)
    ), written AS (
        INSERT INTO entry (
            journal_id, leg, merchant_id, account_id, amount_minor, currency, balance_after_minor,
            account_version)
        SELECT journal_ids[journal], leg, merchant_id, account_id, amount, currency, balance_after,
            account_version
        FROM leg
        ORDER BY journal, leg
        RETURNING account_id, amount_minor, account_version
    )
    UPDATE account_balance balance
    SET balance_minor = balance.balance_minor + delta.amount, version = delta.version
    FROM (
        SELECT account_id, sum(amount_minor) AS amount, max(account_version) AS version
        FROM written WHERE account_version IS NOT NULL GROUP BY account_id
    ) delta
    WHERE balance.account_id = delta.account_id;

    PERFORM set_config('app.posting', '', true);
    RETURN QUERY SELECT i::integer, results[i] FROM generate_subscripts(results, 1) AS i;
END
$$;
REVOKE ALL ON FUNCTION post_journals FROM PUBLIC;
GRANT EXECUTE ON FUNCTION post_journals TO orchestrator;

ALTER TABLE journal ENABLE ROW LEVEL SECURITY;
CREATE POLICY journal_of_own_merchant ON journal FOR SELECT TO gateway
    USING (merchant_id = current_setting('app.merchant', true));
CREATE POLICY journal_of_services ON journal FOR SELECT TO orchestrator, control USING (true);
-- A merchant sees the legs beside its own as well: all entries of its journals.
ALTER TABLE entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY entry_of_own_journals ON entry FOR SELECT TO gateway
    USING (EXISTS (SELECT FROM journal WHERE journal.id = entry.journal_id));
CREATE POLICY entry_of_services ON entry FOR SELECT TO orchestrator, control USING (true);
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE POLICY account_of_own_merchant ON account FOR SELECT TO gateway
    USING (merchant_id IN (current_setting('app.merchant', true), 'platform'));
CREATE POLICY account_of_services ON account FOR SELECT TO orchestrator, control USING (true);
ALTER TABLE account_balance ENABLE ROW LEVEL SECURITY;
CREATE POLICY balance_of_own_merchant ON account_balance FOR SELECT TO gateway
    USING (EXISTS (
        SELECT FROM account WHERE account.id = account_balance.account_id
            AND account.merchant_id = current_setting('app.merchant', true)));
CREATE POLICY balance_of_services ON account_balance FOR SELECT TO orchestrator, control USING (true);
GRANT SELECT ON account_code, account, account_balance, journal, entry TO gateway, orchestrator, control;
GRANT SELECT ON posting_batch, closed_period TO orchestrator, control;
