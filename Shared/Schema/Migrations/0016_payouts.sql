-- Payouts: what is available goes to the merchant's bank, by files that the bank answers with files.
DO $$
BEGIN
    BEGIN
        CREATE ROLE payout NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    EXECUTE format('ALTER ROLE payout IN DATABASE %I SET statement_timeout = ''60s''',
        current_database());
    EXECUTE format(
        'ALTER ROLE payout IN DATABASE %I SET idle_in_transaction_session_timeout = ''60s''',
        current_database());
END
$$;
GRANT USAGE ON SCHEMA public TO payout;
GRANT SELECT ON store_epoch, schema_migration TO payout;

INSERT INTO account_code (code, name, normal_side, policy, scope) VALUES
    (2130, 'payout_clearing', 'credit', 'rollup', 'platform');

-- A payout as its events say. Only writers: orchestrator, payout, and control's rebuild.
CREATE TABLE payout (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    status text NOT NULL,
    currency char(3) NOT NULL,
    amount_minor bigint NOT NULL,
    -- From when it may go to the bank, in the merchant's time.
    send_at timestamptz NOT NULL,
    file_id text COLLATE "C",
    document text COMPRESSION lz4 NOT NULL,
    CONSTRAINT payout_pkey PRIMARY KEY (merchant_id, id),
    CONSTRAINT payout_amount CHECK (amount_minor > 0),
    CONSTRAINT payout_status CHECK (
        status IN ('pending', 'in_transit', 'paid', 'failed', 'canceled')),
    CONSTRAINT payout_in_file CHECK ((file_id IS NULL) = (status IN ('pending', 'canceled')))
);
CREATE INDEX payout_newest ON payout (merchant_id, created_at, id);
CREATE INDEX payout_open ON payout (send_at) WHERE status IN ('pending', 'in_transit');

-- Which statuses follow each other; the rules in Shared/Payments say the same.
CREATE FUNCTION check_payout_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('pending', 'in_transit'), ('pending', 'canceled'), ('in_transit', 'paid'),
        ('in_transit', 'failed'), ('paid', 'failed'))
    THEN
        RAISE EXCEPTION 'a payout does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_step_legal';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER payout_step_legal BEFORE UPDATE ON payout
    FOR EACH ROW EXECUTE FUNCTION check_payout_step();

-- A merchant's own settings; a merchant without a row has what its own row says.
-- Only writers: orchestrator, and control's rebuild.
CREATE TABLE balance_settings (
    merchant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    document text NOT NULL,
    CONSTRAINT balance_settings_pkey PRIMARY KEY (merchant_id, id)
);

-- A payout takes what is there and nothing more: the balance after its entry is still the merchant's.
-- Checked at commit, when the account is locked by the posting.
CREATE FUNCTION check_payout_covered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM entry JOIN account ON account.id = entry.account_id
        WHERE entry.journal_id = NEW.id AND account.code = 2011 AND entry.balance_after_minor > 0)
    THEN
        RAISE EXCEPTION 'payout % is more than what is available', NEW.source_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_covered';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER payout_covered AFTER INSERT ON journal
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.kind = 'payout_created') EXECUTE FUNCTION check_payout_covered();

-- What was settled is paid out at this moment of the merchant's time. Only writer: payout.
CREATE TABLE payout_schedule (
    merchant_id text COLLATE "C" NOT NULL,
    settlement_id text COLLATE "C" NOT NULL,
    currency char(3) NOT NULL,
    available_minor bigint NOT NULL,
    due_at timestamptz NOT NULL,
    done_at timestamptz,
    -- What was made then; null where there was too little, or the merchant asks for payouts itself.
    payout_id text COLLATE "C",
    CONSTRAINT payout_schedule_pkey PRIMARY KEY (merchant_id, settlement_id)
);
CREATE INDEX payout_schedule_due ON payout_schedule (merchant_id, currency, due_at)
    WHERE done_at IS NULL;

-- What is inside a payout: entries of the merchant's available balance, oldest first, each in one
-- payout or split over several; together they are the payout's amount. Only writer: payout.
CREATE TABLE payout_item (
    merchant_id text COLLATE "C" NOT NULL,
    payout_id text COLLATE "C" NOT NULL,
    account_version bigint NOT NULL,
    journal_id text COLLATE "C" NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT payout_item_pkey PRIMARY KEY (merchant_id, payout_id, account_version)
);
CREATE INDEX payout_item_of_journal ON payout_item (merchant_id, journal_id);

-- Where the contents of an account's payouts end: the payout's own entry, the last entry inside of it,
-- and how much of that one is used up. Only writer: payout.
CREATE TABLE payout_content (
    merchant_id text COLLATE "C" NOT NULL,
    payout_id text COLLATE "C" NOT NULL,
    account_id bigint NOT NULL,
    own_version bigint NOT NULL,
    last_version bigint NOT NULL,
    last_used_minor bigint NOT NULL,
    CONSTRAINT payout_content_pkey PRIMARY KEY (merchant_id, payout_id),
    CONSTRAINT payout_content_in_order UNIQUE (account_id, own_version)
);

-- Files for the bank: written whole before the first attempt, sent again as they are. Only writer: payout.
CREATE TABLE bank_file (
    id text COLLATE "C" NOT NULL,
    currency char(3) NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    content text COMPRESSION lz4 NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz,
    answered_at timestamptz,
    -- Why the bank does not take it; a person has to look.
    refusal text,
    CONSTRAINT bank_file_pkey PRIMARY KEY (id)
) WITH (fillfactor = 60);
CREATE INDEX bank_file_open ON bank_file (next_attempt_at) WHERE answered_at IS NULL;
CREATE FUNCTION refuse_file_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF (NEW.id, NEW.currency, NEW.made_at, NEW.content)
        IS DISTINCT FROM (OLD.id, OLD.currency, OLD.made_at, OLD.content)
    THEN
        RAISE EXCEPTION 'a file for the bank is never changed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bank_file_stays';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER bank_file_stays BEFORE UPDATE ON bank_file
    FOR EACH ROW EXECUTE FUNCTION refuse_file_change();

-- One instruction for each payout, under one end-to-end id, in one file, for ever. Only writer: payout.
CREATE TABLE bank_instruction (
    end_to_end_id text COLLATE "C" NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    payout_id text COLLATE "C" NOT NULL,
    file_id text COLLATE "C" NOT NULL REFERENCES bank_file (id),
    CONSTRAINT bank_instruction_pkey PRIMARY KEY (end_to_end_id),
    CONSTRAINT bank_instruction_once UNIQUE (merchant_id, payout_id)
);
CREATE TRIGGER bank_instruction_append_only BEFORE UPDATE OR DELETE ON bank_instruction
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The bank's files as they came, each once. Append-only. Only writer: payout.
CREATE TABLE bank_message (
    name text COLLATE "C" NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    -- Null where it was taken.
    refusal text,
    content text COMPRESSION lz4 NOT NULL,
    CONSTRAINT bank_message_pkey PRIMARY KEY (name)
);
CREATE TRIGGER bank_message_append_only BEFORE UPDATE OR DELETE ON bank_message
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- How far the bank's files were taken. Only writer: payout.
CREATE TABLE bank_cursor (
    single boolean NOT NULL DEFAULT true,
    sequence bigint NOT NULL,
    CONSTRAINT bank_cursor_pkey PRIMARY KEY (single),
    CONSTRAINT bank_cursor_single CHECK (single)
);
INSERT INTO bank_cursor (sequence) VALUES (0);

-- The account's movements by the bank's own references: a notice and a statement that tell of the same
-- one make one row. Only writer: payout.
CREATE TABLE bank_entry (
    account_number text COLLATE "C" NOT NULL,
    currency char(3) NOT NULL,
    reference text COLLATE "C" NOT NULL,
    -- More than zero is paid in.
    amount_minor bigint NOT NULL,
    booked_on date NOT NULL,
    end_to_end_id text COLLATE "C",
    return_reason text,
    message_name text COLLATE "C" NOT NULL,
    -- The statement that has it; null until it came.
    statement_number bigint,
    -- When it was acted on; null while what it follows has not come.
    applied_at timestamptz,
    CONSTRAINT bank_entry_pkey PRIMARY KEY (account_number, currency, reference)
) WITH (fillfactor = 70);
CREATE INDEX bank_entry_waiting ON bank_entry (end_to_end_id) WHERE applied_at IS NULL;
CREATE INDEX bank_entry_by_id ON bank_entry (end_to_end_id);

CREATE TABLE bank_statement (
    account_number text COLLATE "C" NOT NULL,
    currency char(3) NOT NULL,
    number bigint NOT NULL,
    day date NOT NULL,
    opening_minor bigint NOT NULL,
    closing_minor bigint NOT NULL,
    message_name text COLLATE "C" NOT NULL,
    CONSTRAINT bank_statement_pkey PRIMARY KEY (account_number, currency, number)
);
CREATE TRIGGER bank_statement_append_only BEFORE UPDATE OR DELETE ON bank_statement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What the bank says and what fits nothing of ours: reported, never guessed. Only writer: payout.
CREATE TABLE bank_exception (
    message_name text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    currency char(3),
    amount_minor bigint,
    found_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bank_exception_pkey PRIMARY KEY (message_name, subject)
);
CREATE TRIGGER bank_exception_append_only BEFORE UPDATE OR DELETE ON bank_exception
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What the merchant's clock waits for. A payout that is on its way has to be answered first.
CREATE VIEW due_moment_of_payout AS
SELECT merchant_id, due_at, 'payout'::text AS kind FROM payout_schedule WHERE done_at IS NULL
UNION ALL
SELECT merchant_id, send_at, 'payout' FROM payout WHERE status IN ('pending', 'in_transit')
UNION ALL
-- A movement at the bank that was told and not acted on yet.
SELECT instruction.merchant_id, payout.send_at, 'payout'
FROM bank_entry JOIN bank_instruction instruction USING (end_to_end_id)
JOIN payout ON payout.merchant_id = instruction.merchant_id AND payout.id = instruction.payout_id
WHERE bank_entry.applied_at IS NULL
UNION ALL
SELECT merchant_id, effective_at, 'payout' FROM event
WHERE type IN ('settlement_completed', 'payout_created') AND (epoch, tx, position) > (
    SELECT epoch, tx, position FROM feed_cursor WHERE consumer = 'payout');

CREATE OR REPLACE VIEW due_moment AS
SELECT merchant_id, due_at, kind FROM due_moment_of_payment
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_settlement
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_refund
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_webhook
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_dispute
UNION ALL SELECT merchant_id, due_at, kind FROM due_moment_of_payout;

INSERT INTO feed_cursor (consumer, epoch, tx, position) VALUES ('payout', 0, '0', 0)
ON CONFLICT DO NOTHING;

DO $$
DECLARE
    seen name;
BEGIN
    FOREACH seen IN ARRAY ARRAY['payout', 'balance_settings', 'payout_item', 'payout_content',
        'payout_schedule']::name[]
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', seen);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO payout, orchestrator, control USING (true) WITH CHECK (true)',
            seen || '_of_services', seen);
        EXECUTE format('GRANT SELECT ON %I TO payout, orchestrator, control', seen);
    END LOOP;
    FOREACH seen IN ARRAY ARRAY['payout', 'balance_settings', 'payout_item']::name[] LOOP
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO gateway
                USING (merchant_id = current_setting(''app.merchant'', true))',
            seen || '_of_own_merchant', seen);
        EXECUTE format('GRANT SELECT ON %I TO gateway', seen);
    END LOOP;
    FOREACH seen IN ARRAY ARRAY['event', 'merchant', 'settlement', 'journal', 'entry', 'account',
        'account_balance']::name[]
    LOOP
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO payout USING (true)',
            seen || '_of_payout', seen);
    END LOOP;
END
$$;
CREATE POLICY event_written_by_payout ON event FOR INSERT TO payout WITH CHECK (true);
GRANT INSERT, UPDATE ON payout, balance_settings TO orchestrator;
GRANT INSERT, UPDATE ON payout, payout_schedule TO payout;
GRANT INSERT ON payout_item, payout_content TO payout;
GRANT SELECT, INSERT, UPDATE ON bank_file, bank_entry, bank_cursor TO payout;
GRANT SELECT, INSERT ON bank_instruction, bank_message, bank_statement, bank_exception TO payout;
GRANT SELECT ON bank_file, bank_instruction, bank_message, bank_cursor, bank_entry, bank_statement,
    bank_exception TO control;
GRANT SELECT ON event, merchant, settlement, journal, entry, account, account_balance, account_code,
    merchant_clock TO payout;
GRANT INSERT (
    merchant_id, stream, version, type, type_version, data, command_id, request_id, idempotency_key,
    recorded_at, effective_at
) ON event TO payout;
GRANT SELECT, INSERT, UPDATE ON feed_cursor TO payout;
GRANT EXECUTE ON FUNCTION post_journals TO payout;
CALL open_to_reconciliation();
