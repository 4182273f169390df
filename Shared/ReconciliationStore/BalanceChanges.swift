import Postgres

/// Strict accounts that moved since they were last proved, or that belong to a scope.
///
/// What was proved of an account is kept: its first so many entries come to this balance. So only the
/// entries after it are added up, by the index of numbered entries.
enum BalanceChanges {
    static let pageAccounts = 5_000

    static func check(_ context: CheckContext) async throws -> CheckOutcome {
        var outcome = CheckOutcome()
        var last: Int64 = 0
        while true {
            let rows = try await context.executor.query(page(after: last, context))
            for row in rows {
                let place = try row.decode(Int64.self, at: 0)
                last = max(last, place)
                outcome.rows += Int(try row.decode(Int64.self, at: 6))
                outcome.add(try findings(row), limit: context.limit)
            }
            if rows.count < pageAccounts { return outcome }
        }
    }

    private static func page(after last: Int64, _ context: CheckContext) -> Query {
        let isNew = context.since != nil
        let merchant = context.scope.merchantID ?? ""
        let currency = context.scope.currencyCode ?? ""
        return """
            SELECT account.id, account.merchant_id, account.code, account.currency::text,
                (known.balance_minor + moved.total)::bigint, balance.balance_minor, moved.entries,
                known.version + moved.entries, balance.version,
                moved.entries = 0 OR (moved.least = known.version + 1
                    AND moved.most = known.version + moved.entries
                    AND moved.places_after - moved.places_before
                        = hashint8extended(known.balance_minor + moved.total::bigint,
                            known.version + moved.entries)::numeric
                        - hashint8extended(known.balance_minor, known.version))
            FROM account_balance balance
            JOIN account ON account.id = balance.account_id
            LEFT JOIN reconciled_account proved ON proved.account_id = balance.account_id
                AND \(isNew)
            CROSS JOIN LATERAL (
                SELECT coalesce(proved.version, 0) AS version,
                    coalesce(proved.balance_minor, 0) AS balance_minor
            ) known
            CROSS JOIN LATERAL (
                SELECT count(*) AS entries, coalesce(sum(amount_minor), 0) AS total,
                    min(account_version) AS least, max(account_version) AS most,
                    sum(hashint8extended(balance_after_minor, account_version)) AS places_after,
                    sum(hashint8extended(balance_after_minor - amount_minor, account_version - 1))
                        AS places_before
                FROM entry
                WHERE entry.account_id = balance.account_id
                    AND entry.account_version > known.version
            ) moved
            WHERE balance.account_id > \(last)
                AND (NOT \(isNew) OR proved.account_id IS NULL
                    OR (balance.version, balance.balance_minor)
                        <> (proved.version, proved.balance_minor))
                AND (\(merchant) = '' OR account.merchant_id = \(merchant))
                AND (\(currency) = '' OR account.currency = \(currency))
            ORDER BY account.id
            LIMIT \(Int64(pageAccounts))
            """
    }

    private static func findings(_ row: Row) throws -> [Finding] {
        let (account, merchant, code, currency, total, stored, _, entries, version, follows) =
            try row.decode(
                (
                    Int64, String, Int16, String, Int64, Int64, Int64, Int64, Int64, Bool
                ).self
            )
        var findings: [Finding] = []
        if total != stored || entries != version {
            findings.append(
                Finding(
                    .balanceDiffers,
                    "account \(account)",
                    merchantID: merchant,
                    currencyCode: currency,
                    expectedMinorUnits: total,
                    actualMinorUnits: stored,
                    leftID: "\(entries) entries",
                    rightID: "account \(account)",
                    detail: "account \(code) of \(merchant): \(entries) entries sum to \(total); "
                        + "stored are \(stored) at \(version)"
                )
            )
        }
        if !follows {
            findings.append(
                Finding(
                    .runningBalanceBroken,
                    "account \(account)",
                    merchantID: merchant,
                    currencyCode: currency,
                    expectedMinorUnits: total,
                    leftID: "account \(account)",
                    detail: "the newest entries of account \(account) do not follow each other"
                )
            )
        }
        return findings
    }

    /// Remembers what holds now: in a statement of its own, after a run that found it so.
    ///
    /// Only accounts whose balance is what their entries say at the moment of the statement are
    /// remembered; what was found broken stays as it was, and is found again.
    static var remember: Query {
        """
        INSERT INTO reconciled_account AS proved (account_id, version, balance_minor)
        SELECT balance.account_id, balance.version, balance.balance_minor
        FROM account_balance balance
        LEFT JOIN reconciled_account known ON known.account_id = balance.account_id
        WHERE balance.version > coalesce(known.version, 0)
            AND (balance.version - coalesce(known.version, 0),
                balance.balance_minor - coalesce(known.balance_minor, 0)) = (
                SELECT count(*), coalesce(sum(amount_minor), 0) FROM entry
                WHERE entry.account_id = balance.account_id
                    AND entry.account_version > coalesce(known.version, 0)
                    AND entry.account_version <= balance.version)
            AND NOT EXISTS (
                SELECT FROM discrepancy
                WHERE discrepancy.subject = 'account ' || balance.account_id
                    AND status <> 'closed')
        ON CONFLICT (account_id) DO UPDATE
        SET version = EXCLUDED.version, balance_minor = EXCLUDED.balance_minor
        """
    }
}
