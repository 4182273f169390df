-- What two people agreed on is posted: an approved discrepancy with an entry becomes an adjusting journal.
--
-- post_adjustment is the only way: it takes the entry from the discrepancy itself, so that nothing else
-- can be posted than what was approved. Whoever calls it can neither append events nor post journals.

INSERT INTO account_code (code, name, normal_side, policy, scope) VALUES
    (1900, 'suspense', 'debit', 'rollup', 'platform'),
    (5020, 'bad_debt', 'debit', 'rollup', 'platform');

-- Where people may move money. What is in flight, pending or earned follows from payments, refunds,
-- disputes and payouts one by one, and is put right there.
ALTER TABLE account_code ADD COLUMN is_adjustable boolean NOT NULL DEFAULT false;
UPDATE account_code SET is_adjustable = true WHERE code IN (1010, 1100, 1900, 2011, 5010, 5020);

-- Adjustments that were posted. Only writer: post_adjustment.
CREATE TABLE adjustment (
    id text COLLATE "C" NOT NULL,
    discrepancy_id bigint NOT NULL REFERENCES discrepancy (id),
    journal_id text COLLATE "C" NOT NULL,
    -- The adjustment whose money in suspense this one explains.
    clears text COLLATE "C" REFERENCES adjustment (id),
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT adjustment_pkey PRIMARY KEY (id)
);
CREATE INDEX adjustment_of_discrepancy ON adjustment (discrepancy_id);
CREATE TRIGGER adjustment_append_only BEFORE UPDATE OR DELETE ON adjustment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER adjustment_not_truncated BEFORE TRUNCATE ON adjustment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The entry that is proposed, where putting it right takes one.
ALTER TABLE discrepancy
    ADD COLUMN entry_debit smallint REFERENCES account_code (code),
    ADD COLUMN entry_credit smallint REFERENCES account_code (code),
    ADD COLUMN entry_currency char(3),
    ADD COLUMN entry_minor bigint,
    ADD COLUMN entry_merchant_id text COLLATE "C",
    ADD COLUMN entry_clears text COLLATE "C" REFERENCES adjustment (id),
    ADD COLUMN adjustment_id text COLLATE "C" REFERENCES adjustment (id),
    DROP CONSTRAINT discrepancy_status,
    ADD CONSTRAINT discrepancy_status CHECK (
        status IN ('open', 'proposed', 'approved', 'posted', 'closed')),
    ADD CONSTRAINT discrepancy_entry_whole CHECK (
        num_nonnulls(entry_debit, entry_credit, entry_currency, entry_minor) IN (0, 4)
        AND (entry_minor IS NOT NULL OR num_nonnulls(entry_merchant_id, entry_clears) = 0)),
    ADD CONSTRAINT discrepancy_entry_moves CHECK (entry_minor > 0 AND entry_debit <> entry_credit),
    ADD CONSTRAINT discrepancy_entry_owner CHECK (
        (entry_merchant_id IS NOT NULL) = (2011 IN (entry_debit, entry_credit))),
    ADD CONSTRAINT discrepancy_entry_clears CHECK (
        entry_clears IS NULL OR 1900 IN (entry_debit, entry_credit)),
    ADD CONSTRAINT discrepancy_posted CHECK (
        (status <> 'posted' OR adjustment_id IS NOT NULL)
        AND (status IN ('posted', 'closed') OR adjustment_id IS NULL));
CREATE INDEX discrepancy_of_subject ON discrepancy (subject, class);

-- What was posted to some accounts for the discrepancies of a class about a subject; debits positive.
CREATE FUNCTION adjusted_minor(
    asked_class text, asked_subject text, asked_currency text, VARIADIC asked_codes integer[]
) RETURNS bigint
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT coalesce(sum(entry.amount_minor), 0)::bigint
    FROM discrepancy
    JOIN adjustment ON adjustment.discrepancy_id = discrepancy.id
    JOIN entry ON entry.journal_id = adjustment.journal_id
        AND entry.currency = asked_currency::char(3)
    JOIN account ON account.id = entry.account_id AND account.code = ANY (asked_codes)
    WHERE discrepancy.class = asked_class AND discrepancy.subject = asked_subject
$$;
REVOKE ALL ON FUNCTION adjusted_minor FROM PUBLIC;
GRANT EXECUTE ON FUNCTION adjusted_minor TO reconciliation;

-- Replaces what 0019 made: an entry stays as it was proposed, and is posted before it is closed.
CREATE OR REPLACE FUNCTION check_discrepancy_step() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    moves boolean := NEW.status <> OLD.status;
BEGIN
    IF (NEW.id, NEW.class, NEW.subject, NEW.found_at, NEW.first_run)
        IS DISTINCT FROM (OLD.id, OLD.class, OLD.subject, OLD.found_at, OLD.first_run)
    THEN
        RAISE EXCEPTION 'a discrepancy stays about what it was found for'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_identity';
    ELSIF moves AND (OLD.status, NEW.status) NOT IN (
        ('open', 'proposed'), ('proposed', 'open'), ('proposed', 'approved'), ('approved', 'open'),
        ('approved', 'posted'), ('posted', 'open'),
        ('open', 'closed'), ('approved', 'closed'), ('posted', 'closed'))
        OR moves AND OLD.status = 'approved' AND OLD.entry_minor IS NOT NULL AND NEW.status = 'closed'
    THEN
        RAISE EXCEPTION 'a discrepancy does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_step_legal';
    ELSIF (NOT moves OR NEW.status IN ('approved', 'posted', 'closed'))
        AND (NEW.proposal, NEW.proposed_by, NEW.entry_debit, NEW.entry_credit, NEW.entry_currency,
            NEW.entry_minor, NEW.entry_merchant_id, NEW.entry_clears)
        IS DISTINCT FROM (OLD.proposal, OLD.proposed_by, OLD.entry_debit, OLD.entry_credit,
            OLD.entry_currency, OLD.entry_minor, OLD.entry_merchant_id, OLD.entry_clears)
    THEN
        RAISE EXCEPTION 'a proposal stays as it was made until it is taken back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_proposal_stays';
    ELSIF (NOT moves OR NEW.status IN ('posted', 'closed'))
        AND NEW.approved_by IS DISTINCT FROM OLD.approved_by
    THEN
        RAISE EXCEPTION 'an approval stays as it was given until it is taken back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_approval_stays';
    ELSIF NEW.status = 'proposed' AND EXISTS (
        SELECT FROM account_code
        WHERE code IN (NEW.entry_debit, NEW.entry_credit) AND NOT is_adjustable)
    THEN
        RAISE EXCEPTION 'no adjustment moves money to or from an account of account %',
            (SELECT min(code) FROM account_code
            WHERE code IN (NEW.entry_debit, NEW.entry_credit) AND NOT is_adjustable)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_entry_adjustable';
    ELSIF moves AND NEW.status = 'posted' AND NOT EXISTS (
        SELECT FROM adjustment
        WHERE id = NEW.adjustment_id AND discrepancy_id = NEW.id AND tx = pg_current_xact_id())
        OR NEW.status = 'closed' AND NEW.adjustment_id IS DISTINCT FROM OLD.adjustment_id
    THEN
        RAISE EXCEPTION 'an entry is posted by post_adjustment only'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_posted_once';
    END IF;
    RETURN NEW;
END
$$;

-- Posts what was approved: the fact, its journal, and the discrepancy's step, or nothing of it. The fact
-- is of the merchant whose account it touches, at its time, or else of the platform.
CREATE FUNCTION post_adjustment(
    asked_id bigint, new_id text, posted_by text, why text, posted_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    wanted discrepancy;
    owner text;
    effective timestamptz;
    new_journal text := 'jrn_' || substr(new_id, 5) || '01';
    verdict text;
BEGIN
    SELECT * INTO wanted FROM discrepancy WHERE id = asked_id FOR UPDATE;
    IF wanted.status IS DISTINCT FROM 'approved' OR wanted.entry_minor IS NULL THEN
        RAISE EXCEPTION 'only an approved entry is posted'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'adjustment_approved';
    ELSIF new_id !~ '^adj_[0-9A-Za-z]{24}$' THEN
        RAISE EXCEPTION 'an adjustment has an identifier of its kind'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'adjustment_identifier';
    ELSIF wanted.entry_merchant_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM merchant WHERE merchant_id = wanted.entry_merchant_id)
    THEN
        RAISE EXCEPTION 'there is no merchant of the entry''s'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'adjustment_merchant';
    END IF;
    owner := coalesce(wanted.entry_merchant_id, 'acct_' || repeat('0', 24));
    effective := posted_at + merchant_offset(owner);

    INSERT INTO adjustment (id, discrepancy_id, journal_id, clears)
    VALUES (new_id, asked_id, new_journal, wanted.entry_clears);
    INSERT INTO event (
        merchant_id, stream, version, type, type_version, data, command_id, request_id,
        recorded_at, effective_at)
    VALUES (
        owner, new_id, 1, 'adjustment_posted', 1,
        json_build_object(
            'adjustment_id', new_id, 'merchant_id', owner, 'discrepancy_id', asked_id,
            'debit_account', wanted.entry_debit, 'credit_account', wanted.entry_credit,
            'amount', json_build_object(
                'minor_units', wanted.entry_minor, 'currency', wanted.entry_currency),
            'clears', wanted.entry_clears, 'proposed_by', wanted.proposed_by,
            'approved_by', wanted.approved_by),
        0, 'reconciliation', now(), effective);
    SELECT result INTO verdict FROM post_journals(
        ARRAY[new_journal], ARRAY[owner], ARRAY['adjustment_posted'],
        ARRAY[wanted.entry_currency::text], ARRAY[new_id], ARRAY[1], ARRAY[new_id],
        ARRAY[effective], ARRAY[1, 1], ARRAY[wanted.entry_debit, wanted.entry_credit],
        ARRAY[wanted.entry_currency::text, wanted.entry_currency::text],
        ARRAY[wanted.entry_minor, -wanted.entry_minor]);
    IF verdict <> 'posted' THEN
        RAISE EXCEPTION 'the books refuse the entry: %', verdict
            USING ERRCODE = 'check_violation', CONSTRAINT = 'adjustment_refused';
    ELSIF wanted.entry_debit = 2011 AND EXISTS (
        SELECT FROM account JOIN account_balance ON account_id = account.id
        WHERE account.merchant_id = owner AND code = 2011 AND currency = wanted.entry_currency
            AND balance_minor > 0)
    THEN
        RAISE EXCEPTION 'the entry would take more than is available to the merchant'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'adjustment_overdraft';
    END IF;
    UPDATE discrepancy SET status = 'posted', adjustment_id = new_id WHERE id = asked_id;
    INSERT INTO discrepancy_step (discrepancy_id, number, status, operator, note, taken_at)
    SELECT asked_id, count(*) + 1, 'posted', posted_by, format('%s: %s', new_id, why), posted_at
    FROM discrepancy_step WHERE discrepancy_id = asked_id;
END
$$;
REVOKE ALL ON FUNCTION post_adjustment FROM PUBLIC;
GRANT EXECUTE ON FUNCTION post_adjustment TO reconciliation;

-- No journal calls itself an adjustment that post_adjustment did not make.
CREATE FUNCTION check_adjusting_journal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM adjustment
        WHERE id = NEW.stream AND journal_id = NEW.id AND tx = pg_current_xact_id())
    THEN
        RAISE EXCEPTION 'an adjusting journal is posted by post_adjustment only'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_of_adjustment';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER journal_of_adjustment AFTER INSERT ON journal
    FOR EACH ROW WHEN (NEW.kind = 'adjustment_posted') EXECUTE FUNCTION check_adjusting_journal();

-- Tables of people's work and of the platform's own bookkeeping: no merchant reads them.
GRANT SELECT ON adjustment TO control;
