import Postgres

/// All entries in one pass, as sums and fingerprints.
///
/// Grouping ten million entries by journal costs more than reading them. So what has to hold for each
/// journal or entry is turned into one equation over all of them:
///
/// - *Each journal sums to zero.* Each entry's amount is weighted with a hash of its journal and merchant,
///   under the run's own seed. If all journals are zero-sum, so is the weighted sum; if one is not, the
///   weighted sum is zero only by an accident of two independent 31-bit hashes, modulo two primes.
/// - *Each journal has its first two legs, and they have a journal.* The sum of the hashes of the journals
///   with a first leg, of those with a second, and of the headers are the same number.
/// - *Numbered entries follow each other.* An account's entries lead from one (balance, number) to the next,
///   so the places they come from are the places they go to, but for the first and the last. The sums
///   of the hashes of both differ by exactly these two.
/// - *An entry is booked to its own merchant's account.* The same for the hash of the merchant.
///
/// What does not hold is then looked for exactly; a store that is in order never pays for that.
enum BooksScan {
    struct Result {
        var entries = 0
        var journals = 0
        var findings: [Finding] = []
        /// Whether some journal is unbalanced, or lacks its header or entries.
        var hasBrokenJournals = false
        /// Accounts whose balance, numbering or ownership does not hold.
        var brokenAccounts: [Int64] = []
    }

    static func run(_ context: CheckContext) async throws -> Result {
        let rows = try await context.executor.pipeline([
            // Two rows for each account are worth no disk, whatever the planner thinks of their number.
            "SELECT set_config('work_mem', '64MB', true)",
            statement(seed: context.seed),
        ])
        var result = Result()
        for row in rows[1] {
            let (tag, account, currency, count, isBroken, total) = try row.decode(
                (String, Int64?, String?, Int64, Bool, String?).self
            )
            switch tag {
            case "currency":
                result.entries += Int(count)
                result.hasBrokenJournals = result.hasBrokenJournals || isBroken
                if let total, total != "0" { result.findings.append(unbalanced(currency, total)) }
            case "headers":
                result.journals = Int(count)
                result.hasBrokenJournals = result.hasBrokenJournals || isBroken
            default:
                if let account { result.brokenAccounts.append(account) }
            }
        }
        return result
    }

    private static func unbalanced(_ currency: String?, _ total: String) -> Finding {
        Finding(
            .unbalancedBooks,
            currency ?? "",
            currencyCode: currency,
            expectedMinorUnits: 0,
            actualMinorUnits: Int64(total),
            detail: "all entries of the currency sum to \(total)"
        )
    }

    private static func statement(seed: Int64) -> Query {
        """
        WITH sums AS MATERIALIZED (
            SELECT account_id, currency, count(*) AS entries, sum(amount_minor) AS total,
                sum((weight & 2147483647) * (amount_minor % 2147483647)) AS weighted_low,
                sum(((weight >> 31) & 2147483647) * (amount_minor % 2147483629)) AS weighted_high,
                sum(weight) FILTER (WHERE leg = 1) AS first_legs,
                sum(weight) FILTER (WHERE leg = 2) AS second_legs,
                sum(owner) AS owners,
                count(account_version) AS numbered,
                sum(hashint8extended(balance_after_minor, account_version)) AS places_after,
                sum(hashint8extended(balance_after_minor - amount_minor,
                    account_version - 1)) AS places_before
            FROM (
                SELECT account_id, currency, amount_minor, leg, balance_after_minor, account_version,
                    hashtextextended(merchant_id, name) AS weight,
                    hashtextextended(merchant_id, \(seed)) AS owner
                FROM (
                    SELECT account_id, currency, amount_minor, leg, balance_after_minor,
                        account_version, merchant_id, hashtextextended(journal_id, \(seed)) AS name
                    FROM entry OFFSET 0
                ) named OFFSET 0
            ) entry
            GROUP BY account_id, currency
        ), headers AS MATERIALIZED (
            SELECT count(*) AS journals,
                coalesce(sum(hashtextextended(merchant_id, hashtextextended(id, \(seed)))), 0)
                    AS names
            FROM journal
        )
        SELECT 'currency', NULL::bigint, currency::text, sum(entries)::bigint,
            sum(weighted_low) % 2147483647 <> 0 OR sum(weighted_high) % 2147483629 <> 0
                OR sum(total) <> 0,
            sum(total)::text
        FROM sums GROUP BY currency
        UNION ALL
        SELECT 'headers', NULL, NULL, headers.journals,
            headers.names <> coalesce((SELECT sum(first_legs) FROM sums), 0)
                OR headers.names <> coalesce((SELECT sum(second_legs) FROM sums), 0),
            NULL
        FROM headers
        UNION ALL
        SELECT 'account', coalesce(sums.account_id, balance.account_id), NULL, 0::bigint, true, NULL
        FROM sums
        LEFT JOIN account ON account.id = sums.account_id AND account.currency = sums.currency
        LEFT JOIN account_code USING (code)
        FULL JOIN account_balance balance ON balance.account_id = sums.account_id
        WHERE CASE
            -- A balance without entries is one that nothing was ever posted to.
            WHEN sums.account_id IS NULL THEN balance.balance_minor <> 0 OR balance.version <> 0
            WHEN account.id IS NULL THEN true
            WHEN scope = 'merchant' AND sums.owners
                <> sums.entries * hashtextextended(account.merchant_id, \(seed))::numeric THEN true
            WHEN policy = 'strict' THEN (
                balance.balance_minor = sums.total AND balance.version = sums.entries
                AND sums.numbered = sums.entries
                AND balance.merchant_id = account.merchant_id
                AND sums.places_after - sums.places_before
                    = hashint8extended(balance.balance_minor, balance.version)::numeric
                        - hashint8extended(0, 0)) IS NOT TRUE
            ELSE sums.numbered > 0 OR balance.account_id IS NOT NULL
        END
        """
    }
}
