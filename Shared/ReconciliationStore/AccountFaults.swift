import Postgres

/// What is wrong with accounts, one by one.
enum AccountFaults {
    /// Looks exactly at accounts whose sums or fingerprints do not hold.
    static func find(_ accounts: [Int64], _ context: CheckContext) async throws -> [Finding] {
        let limit = Int64(context.limit + 1)
        let rows = try await context.executor.pipeline([
            """
            SELECT entry.journal_id, entry.leg, entry.merchant_id, entry.account_id,
                entry.currency::text, entry.amount_minor
            FROM entry
            LEFT JOIN account
                ON account.id = entry.account_id AND account.currency = entry.currency
            LEFT JOIN account_code USING (code)
            WHERE entry.account_id = ANY (\(accounts)::bigint[])
                AND (account.id IS NULL
                    OR scope = 'merchant' AND account.merchant_id <> entry.merchant_id)
            ORDER BY entry.journal_id, entry.leg LIMIT \(limit)
            """,
            balances(accounts, limit: limit),
            chains(accounts, limit: limit),
        ])
        return try rows[0].map { try misplaced($0) } + rows[1].map { try balance($0) }
            + rows[2].map { try brokenChain($0) }
    }

    /// Strict accounts whose stored balance is not the sum of their entries.
    private static func balances(_ accounts: [Int64], limit: Int64) -> Query {
        """
        SELECT account.id, account.merchant_id, account.code, account.currency::text,
            coalesce(sums.total, 0)::bigint, balance.balance_minor, coalesce(sums.entries, 0),
            balance.version
        FROM account
        JOIN account_code USING (code)
        LEFT JOIN account_balance balance ON balance.account_id = account.id
        LEFT JOIN (
            SELECT account_id, sum(amount_minor) AS total, count(*) AS entries FROM entry
            WHERE account_id = ANY (\(accounts)::bigint[]) GROUP BY account_id
        ) sums ON sums.account_id = account.id
        WHERE account.id = ANY (\(accounts)::bigint[])
            AND CASE policy
                WHEN 'strict' THEN balance.balance_minor IS DISTINCT FROM coalesce(sums.total, 0)
                    OR balance.version IS DISTINCT FROM coalesce(sums.entries, 0)
                    OR balance.merchant_id <> account.merchant_id
                ELSE balance.account_id IS NOT NULL
            END
        ORDER BY account.id LIMIT \(limit)
        """
    }

    /// The first entry of each account that does not follow the one before it, or has no number where
    /// it must have one.
    private static func chains(_ accounts: [Int64], limit: Int64) -> Query {
        """
        SELECT DISTINCT ON (account_id) account_id, merchant_id, currency::text, journal_id,
            account_version, coalesce(previous, 0) + amount_minor, balance_after_minor
        FROM (
            SELECT entry.account_id, account.merchant_id, entry.currency, entry.journal_id,
                entry.account_version, entry.amount_minor, entry.balance_after_minor, policy,
                lag(entry.balance_after_minor) OVER numbered AS previous,
                row_number() OVER numbered AS number
            FROM entry
            JOIN account ON account.id = entry.account_id
            JOIN account_code USING (code)
            WHERE entry.account_id = ANY (\(accounts)::bigint[])
            WINDOW numbered AS (PARTITION BY entry.account_id ORDER BY entry.account_version)
        ) placed
        WHERE CASE policy
            WHEN 'strict' THEN account_version IS DISTINCT FROM number
                OR balance_after_minor IS DISTINCT FROM coalesce(previous, 0) + amount_minor
            ELSE account_version IS NOT NULL
        END
        ORDER BY account_id, number LIMIT \(limit)
        """
    }

    /// Rolled-up accounts: the checkpoint and what came after it must be the sum of all entries.
    static func rolledUp(_ context: CheckContext) async throws -> [Finding] {
        let rows = try await context.executor.query(
            """
            WITH later AS (
                SELECT leg.account_id, sum(leg.amount_minor) AS total, count(*) AS entries
                FROM rollup_horizon folded
                JOIN posting_batch batch
                    ON (batch.epoch, batch.tx, batch.id) > (folded.epoch, folded.tx, folded.batch_id)
                CROSS JOIN LATERAL unnest(batch.journal_ids) AS posted (id)
                JOIN entry leg ON leg.journal_id = posted.id AND leg.account_version IS NULL
                GROUP BY leg.account_id
            ), sums AS (
                SELECT account_id, sum(amount_minor) AS total, count(*) AS entries
                FROM entry WHERE account_version IS NULL GROUP BY account_id
            )
            SELECT account.id, account.merchant_id, account.code, account.currency::text,
                coalesce(sums.total, 0)::bigint,
                (coalesce(checkpoint.balance_minor, 0) + coalesce(later.total, 0))::bigint,
                coalesce(sums.entries, 0),
                coalesce(checkpoint.entries, 0) + coalesce(later.entries, 0)
            FROM account
            JOIN account_code USING (code)
            LEFT JOIN account_checkpoint checkpoint ON checkpoint.account_id = account.id
            LEFT JOIN later ON later.account_id = account.id
            LEFT JOIN sums ON sums.account_id = account.id
            WHERE policy = 'rollup' AND (
                coalesce(sums.total, 0)
                    <> coalesce(checkpoint.balance_minor, 0) + coalesce(later.total, 0)
                OR coalesce(sums.entries, 0)
                    <> coalesce(checkpoint.entries, 0) + coalesce(later.entries, 0))
            ORDER BY account.id LIMIT \(Int64(context.limit + 1))
            """
        )
        return try rows.map { try balance($0) }
    }

    static func misplaced(_ row: Row) throws -> Finding {
        let (journal, leg, merchant, account, currency, amount) = try row.decode(
            (String, Int16, String, Int64, String, Int64).self
        )
        return Finding(
            .entryMisplaced,
            "\(journal):\(leg)",
            merchantID: merchant,
            currencyCode: currency,
            actualMinorUnits: amount,
            leftID: journal,
            rightID: "account \(account)",
            detail: "leg \(leg) is booked to account \(account), which is not one of its own"
        )
    }

    static func balance(_ row: Row) throws -> Finding {
        let (account, merchant, code, currency, total, stored, entries, version) = try row.decode(
            (Int64, String, Int16, String, Int64, Int64?, Int64, Int64?).self
        )
        return Finding(
            .balanceDiffers,
            "account \(account)",
            merchantID: merchant,
            currencyCode: currency,
            expectedMinorUnits: total,
            actualMinorUnits: stored,
            leftID: "\(entries) entries",
            rightID: "account \(account)",
            detail:
                "account \(code) of \(merchant): \(entries) entries sum to \(total); stored are "
                + "\(stored.map(String.init) ?? "none") at \(version.map(String.init) ?? "none")"
        )
    }

    static func brokenChain(_ row: Row) throws -> Finding {
        let (account, merchant, currency, journal, version, expected, actual) = try row.decode(
            (Int64, String, String, String, Int64?, Int64?, Int64?).self
        )
        return Finding(
            .runningBalanceBroken,
            "account \(account)",
            merchantID: merchant,
            currencyCode: currency,
            expectedMinorUnits: expected,
            actualMinorUnits: actual,
            leftID: "account \(account)",
            rightID: journal,
            detail:
                "entry number \(version.map(String.init) ?? "none") does not follow the one before"
        )
    }
}
