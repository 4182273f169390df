-- Balances of rolled-up accounts: the sum at the last checkpoint, and the entries after it.
--
-- Postings of payments all touch the same few accounts of the platform. Without a balance row they
-- need no lock on each other; the price is that somebody has to add the entries up, which happens here,
-- below the visibility horizon, where no transaction can still add to what was counted.
-- Only writer: fold_rollups.

-- What has been folded: all posting batches up to and with this one.
CREATE TABLE rollup_horizon (
    single boolean NOT NULL DEFAULT true,
    epoch integer NOT NULL,
    tx xid8 NOT NULL,
    batch_id bigint NOT NULL,
    CONSTRAINT rollup_horizon_pkey PRIMARY KEY (single),
    CONSTRAINT rollup_horizon_single CHECK (single)
);
INSERT INTO rollup_horizon (epoch, tx, batch_id) VALUES (0, '0', 0);

CREATE TABLE account_checkpoint (
    account_id bigint NOT NULL REFERENCES account (id),
    balance_minor bigint NOT NULL,
    entries bigint NOT NULL,
    folded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_checkpoint_pkey PRIMARY KEY (account_id),
    CONSTRAINT account_checkpoint_has_entries CHECK (entries > 0)
) WITH (fillfactor = 50);

-- Folds up to so many posting batches into the checkpoints and says how many it folded. While another
-- fold is under way there is nothing to do.
CREATE FUNCTION fold_rollups(maximum_batches integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    folded rollup_horizon;
    folded_batches integer;
BEGIN
    SELECT epoch, tx, batch_id INTO folded.epoch, folded.tx, folded.batch_id
    FROM rollup_horizon FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;

    WITH batch AS MATERIALIZED (
        SELECT epoch, tx, id, journal_ids FROM posting_batch
        WHERE (epoch, tx, id) > (folded.epoch, folded.tx, folded.batch_id)
            AND (epoch < current_epoch() OR tx < pg_snapshot_xmin(pg_current_snapshot()))
        ORDER BY epoch, tx, id
        LIMIT maximum_batches
    ), checkpointed AS (
        INSERT INTO account_checkpoint AS checkpoint (account_id, balance_minor, entries)
        SELECT leg.account_id, sum(leg.amount_minor), count(*)
        FROM batch
        CROSS JOIN LATERAL unnest(batch.journal_ids) AS posted (id)
        CROSS JOIN LATERAL (
            SELECT account_id, amount_minor FROM entry
            WHERE entry.journal_id = posted.id AND entry.account_version IS NULL OFFSET 0
        ) leg
        GROUP BY leg.account_id
        ON CONFLICT (account_id) DO UPDATE
        SET balance_minor = checkpoint.balance_minor + excluded.balance_minor,
            entries = checkpoint.entries + excluded.entries,
            folded_at = now()
    ), moved AS (
        UPDATE rollup_horizon
        SET epoch = last.epoch, tx = last.tx, batch_id = last.id
        FROM (SELECT epoch, tx, id FROM batch ORDER BY epoch DESC, tx DESC, id DESC LIMIT 1) last
    )
    SELECT count(*) INTO folded_batches FROM batch;
    RETURN folded_batches;
END
$$;

-- The balance of an account as of now, debits positive, whatever its policy; null when there is no such
-- account. One statement, so checkpoint and later entries come from the same snapshot.
CREATE FUNCTION account_balance_now(asked_account_id bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
    SELECT coalesce(
        (SELECT balance_minor FROM account_balance WHERE account_id = account.id),
        coalesce((SELECT balance_minor FROM account_checkpoint WHERE account_id = account.id), 0)
            + (
                SELECT coalesce(sum(leg.amount_minor), 0)
                FROM rollup_horizon folded
                JOIN posting_batch batch
                    ON (batch.epoch, batch.tx, batch.id) > (folded.epoch, folded.tx, folded.batch_id)
                CROSS JOIN LATERAL unnest(batch.journal_ids) AS posted (id)
                CROSS JOIN LATERAL (
                    SELECT amount_minor FROM entry
                    WHERE entry.journal_id = posted.id AND entry.account_id = account.id
                        AND entry.account_version IS NULL OFFSET 0
                ) leg
            )::bigint)
    FROM account WHERE account.id = asked_account_id
$$;
REVOKE ALL ON FUNCTION fold_rollups, account_balance_now FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fold_rollups TO orchestrator, control;
GRANT EXECUTE ON FUNCTION account_balance_now TO orchestrator, control;
GRANT SELECT ON account_checkpoint, rollup_horizon TO orchestrator, control;
