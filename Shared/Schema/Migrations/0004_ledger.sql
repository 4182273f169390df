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
    merchant_id text COLLATE "C" NOT NULL,
    code smallint NOT NULL REFERENCES account_code (code),
    currency char(3) NOT NULL,
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_of_owner UNIQUE (merchant_id, code, currency)
);
CREATE TRIGGER account_append_only BEFORE UPDATE OR DELETE ON account
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_not_truncated BEFORE TRUNCATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Balances of strict accounts; a balance is signed, debits positive. Rolled-up accounts have no row
-- here: one hot row would serialize all payments. The merchant is the account's, for the policy below.
CREATE TABLE account_balance (
    account_id bigint NOT NULL REFERENCES account (id),
    merchant_id text COLLATE "C" NOT NULL,
    balance_minor bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    CONSTRAINT account_balance_pkey PRIMARY KEY (account_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE closed_period (
    currency char(3) NOT NULL,
    closed_before timestamptz NOT NULL,
    CONSTRAINT closed_period_pkey PRIMARY KEY (currency)
);

-- The journals that one statement wrote; the feed of the books, in commit order.
CREATE TABLE posting_batch (
    id bigint GENERATED ALWAYS AS IDENTITY,
    epoch integer NOT NULL DEFAULT current_epoch(),
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    journal_ids text[] NOT NULL,
    CONSTRAINT posting_batch_pkey PRIMARY KEY (epoch, tx, id)
);

CREATE TABLE journal (
    id text COLLATE "C" NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    currency char(3) NOT NULL,
    -- The event that it books; each has at most one journal.
    stream text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    source_id text NOT NULL,
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    effective_at timestamptz NOT NULL,
    CONSTRAINT journal_pkey PRIMARY KEY (id),
    CONSTRAINT journal_of_event UNIQUE (stream, version)
);
CREATE INDEX journal_of_merchant ON journal (merchant_id, position);

CREATE TABLE entry (
    journal_id text COLLATE "C" NOT NULL,
    leg smallint NOT NULL,
    -- The journal's merchant, on the platform's legs too.
    merchant_id text COLLATE "C" NOT NULL,
    account_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    balance_after_minor bigint,
    -- The entry's number in its account; null where the account is rolled up.
    account_version bigint,
    CONSTRAINT entry_pkey PRIMARY KEY (journal_id, leg),
    CONSTRAINT entry_version_positive CHECK (account_version > 0),
    CONSTRAINT entry_not_zero CHECK (amount_minor <> 0),
    CONSTRAINT entry_version_with_balance CHECK (
        (account_version IS NULL) = (balance_after_minor IS NULL))
);
-- Without rolled-up accounts: they would have two of three rows in it, and all payments would write to
-- the same few pages.
CREATE UNIQUE INDEX entry_of_account ON entry (account_id, account_version)
    WHERE account_version IS NOT NULL;

-- All functions below are planned once (planning anew each time took longer than the work) and ask by
-- subqueries that can only be index lookups: a join planned while a table was small was kept while it
-- grew, and read all of it.

-- 1. Every statement that writes entries is zero-sum per journal and currency, whoever runs it.
-- 3. Entries go only into journals that this very transaction made, and all of a journal's come in one
-- statement: leg 1 is among them, and there is only one. Else some could join it after SET CONSTRAINTS
-- ALL IMMEDIATE had run the check at commit early.
CREATE FUNCTION check_written_entries() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    unbalanced boolean;
    closed boolean;
    added boolean;
BEGIN
    SELECT bool_or(total <> 0), bool_or(tx IS DISTINCT FROM pg_current_xact_id()), bool_or(first <> 1)
    INTO unbalanced, closed, added
    FROM (
        SELECT sum(amount_minor) AS total,
            min(min(leg)) OVER (PARTITION BY journal_id) AS first,
            (SELECT journal.tx FROM journal WHERE journal.id = journal_id
                AND journal.merchant_id = min(written.merchant_id)
                AND journal.merchant_id = max(written.merchant_id)) AS tx
        FROM written GROUP BY journal_id, currency
    ) sums;
    IF unbalanced THEN
        RAISE EXCEPTION 'entries of a journal do not sum to zero'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_zero_sum';
    ELSIF closed THEN
        RAISE EXCEPTION 'entries may only join a journal of the same transaction and merchant'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_journal_open';
    ELSIF added THEN
        RAISE EXCEPTION 'the entries of a journal are written by one statement, from leg 1 on'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_journal_whole';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entry_zero_sum AFTER INSERT ON entry REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION check_written_entries();

-- 2. At commit: each journal of the posting has entries, they balance, the balances of strict accounts
-- have them in, and each entry's account exists, in the entry's currency, and is of the policy that the
-- entry's number says.
CREATE FUNCTION check_posting_batch() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    broken boolean;
    unposted boolean;
    misplaced boolean;
BEGIN
    WITH leg AS MATERIALIZED (
        SELECT posted.id, found.account_id, found.amount_minor, found.currency,
            found.account_version
        FROM unnest(NEW.journal_ids) AS posted (id)
        LEFT JOIN LATERAL (
            SELECT account_id, amount_minor, currency, account_version
            FROM entry WHERE entry.journal_id = posted.id OFFSET 0
        ) found ON true
    )
    SELECT
        (SELECT bool_or(total IS DISTINCT FROM 0) FROM (
            SELECT sum(amount_minor) AS total FROM leg GROUP BY id, currency) sums),
        balances.unposted, balances.misplaced
    INTO broken, unposted, misplaced
    FROM (
        SELECT
            bool_or(last > coalesce(
                (SELECT balance.version FROM account_balance balance
                WHERE balance.account_id = touched.account_id), 0)
                OR policy = 'strict' AND rolled_up) AS unposted,
            bool_or(policy IS NULL OR policy = 'rollup' AND NOT rolled_up) AS misplaced
        FROM (
            SELECT account_id, max(account_version) AS last,
                bool_or(account_version IS NULL) AS rolled_up,
                (SELECT policy FROM account JOIN account_code USING (code)
                WHERE account.id = leg.account_id AND account.currency = leg.currency OFFSET 0)
                    AS policy
            FROM leg WHERE account_id IS NOT NULL GROUP BY account_id, currency) touched
    ) balances;
    IF broken THEN
        RAISE EXCEPTION 'a journal of the posting is empty or unbalanced'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_batch_balanced';
    ELSIF unposted THEN
        RAISE EXCEPTION 'a balance lacks entries of the posting'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_batch_in_balance';
    ELSIF misplaced THEN
        RAISE EXCEPTION 'an entry of the posting has no account that is of its currency and kind'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_batch_accounts';
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
AS $$
BEGIN
    INSERT INTO posting_batch (journal_ids) SELECT array_agg(id) FROM written HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER journal_posting AFTER INSERT ON journal REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION record_posting_batch();

-- A batch that is no statement's would be counted twice when rolled-up accounts are folded.
CREATE FUNCTION refuse_loose_batch() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a posting batch is written with its journals only'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posting_batch_with_journals';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER posting_batch_with_journals BEFORE INSERT ON posting_batch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_loose_batch();

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
CREATE TRIGGER posting_batch_not_truncated BEFORE TRUNCATE ON posting_batch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- 5. A balance moves from one version to another exactly by the entries numbered in between, and by
-- nothing else, whoever writes it: no setting opens a door, and no role but the owner may write here
-- at all. With 2. above: balance = sum of all entries. What remains to the owner is to switch triggers
-- off; reconciliation, which recomputes balances from entries, is there to see that.
CREATE FUNCTION check_changed_balances() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM changed
        LEFT JOIN previous USING (account_id, merchant_id)
        LEFT JOIN LATERAL (
            SELECT count(*) AS entries, coalesce(sum(amount_minor), 0) AS total
            FROM entry
            WHERE entry.account_id = changed.account_id
                AND entry.account_version > previous.version
                AND entry.account_version <= changed.version
        ) posted ON true
        WHERE previous.version IS NULL
            OR posted.entries <> changed.version - previous.version
            OR posted.total <> changed.balance_minor - previous.balance_minor
    ) THEN
        RAISE EXCEPTION 'a balance changes only by posting a journal'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_balance_by_posting';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER account_balance_by_posting AFTER UPDATE ON account_balance
    REFERENCING OLD TABLE AS previous NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION check_changed_balances();

-- A balance begins at zero, and only where the chart wants one: a row for a rolled-up account would hide
-- all its earlier entries.
CREATE FUNCTION check_new_balances() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        WHERE balance_minor <> 0 OR version <> 0 OR (
            SELECT policy = 'strict' AND account.merchant_id = added.merchant_id
            FROM account JOIN account_code USING (code) WHERE account.id = added.account_id
        ) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION 'a balance begins at zero, for a strict account'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_balance_by_posting';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER account_balance_from_zero AFTER INSERT ON account_balance
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_new_balances();
CREATE TRIGGER account_balance_stays BEFORE DELETE ON account_balance
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_balance_not_truncated BEFORE TRUNCATE ON account_balance
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE journal ENABLE ROW LEVEL SECURITY;
CREATE POLICY journal_of_own_merchant ON journal FOR SELECT TO gateway
    USING (merchant_id = current_setting('app.merchant', true));
CREATE POLICY journal_of_services ON journal FOR SELECT TO orchestrator, control USING (true);
-- A merchant sees the legs beside its own as well: an entry bears its journal's merchant.
ALTER TABLE entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY entry_of_own_journals ON entry FOR SELECT TO gateway
    USING (merchant_id = current_setting('app.merchant', true));
CREATE POLICY entry_of_services ON entry FOR SELECT TO orchestrator, control USING (true);
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE POLICY account_of_own_merchant ON account FOR SELECT TO gateway
    USING (merchant_id IN (current_setting('app.merchant', true), 'platform'));
CREATE POLICY account_of_services ON account FOR SELECT TO orchestrator, control USING (true);
ALTER TABLE account_balance ENABLE ROW LEVEL SECURITY;
CREATE POLICY balance_of_own_merchant ON account_balance FOR SELECT TO gateway
    USING (merchant_id = current_setting('app.merchant', true));
CREATE POLICY balance_of_services ON account_balance FOR SELECT TO orchestrator, control USING (true);
GRANT SELECT ON account_code, account, account_balance, journal, entry TO gateway, orchestrator, control;
GRANT SELECT ON posting_batch, closed_period TO orchestrator, control;
