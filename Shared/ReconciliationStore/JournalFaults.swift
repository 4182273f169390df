import Postgres

/// What is wrong with journals, one by one.
enum JournalFaults {
    /// Every broken journal of the store.
    static func all(_ context: CheckContext) async throws -> [Finding] {
        let limit = Int64(context.limit + 1)
        let rows = try await context.executor.pipeline([
            """
            SELECT journal_id, min(merchant_id), currency::text, sum(amount_minor)::text,
                NULL::timestamptz
            FROM entry GROUP BY journal_id, currency HAVING sum(amount_minor) <> 0
            ORDER BY journal_id LIMIT \(limit)
            """,
            """
            SELECT journal_id, min(entry.merchant_id), NULL::text, count(*)::text, NULL::timestamptz
            FROM entry LEFT JOIN journal
                ON journal.id = journal_id AND journal.merchant_id = entry.merchant_id
            WHERE journal.id IS NULL
            GROUP BY journal_id ORDER BY journal_id LIMIT \(limit)
            """,
            """
            SELECT id, merchant_id, currency::text, '0', recorded_at FROM journal
            WHERE NOT EXISTS (SELECT FROM entry WHERE entry.journal_id = journal.id)
            ORDER BY id LIMIT \(limit)
            """,
        ])
        return try findings(rows)
    }

    /// What is wrong with these journals.
    static func of(_ ids: [String], _ context: CheckContext) async throws -> [Finding] {
        let limit = Int64(context.limit + 1)
        let rows = try await context.executor.pipeline([
            """
            SELECT journal_id, min(merchant_id), currency::text, sum(amount_minor)::text,
                NULL::timestamptz
            FROM entry WHERE journal_id = ANY (\(ids)::text[])
            GROUP BY journal_id, currency HAVING sum(amount_minor) <> 0
            ORDER BY journal_id LIMIT \(limit)
            """,
            """
            SELECT journal_id, min(entry.merchant_id), NULL::text, count(*)::text, NULL::timestamptz
            FROM entry LEFT JOIN journal
                ON journal.id = journal_id AND journal.merchant_id = entry.merchant_id
            WHERE entry.journal_id = ANY (\(ids)::text[]) AND journal.id IS NULL
            GROUP BY journal_id ORDER BY journal_id LIMIT \(limit)
            """,
            """
            SELECT id, merchant_id, currency::text, '0', recorded_at FROM journal
            WHERE id = ANY (\(ids)::text[])
                AND NOT EXISTS (SELECT FROM entry WHERE entry.journal_id = journal.id)
            ORDER BY id LIMIT \(limit)
            """,
            """
            SELECT entry.journal_id, entry.leg, entry.merchant_id, entry.account_id,
                entry.currency::text, entry.amount_minor
            FROM entry
            LEFT JOIN account
                ON account.id = entry.account_id AND account.currency = entry.currency
            LEFT JOIN account_code USING (code)
            WHERE entry.journal_id = ANY (\(ids)::text[])
                AND (account.id IS NULL
                    OR scope = 'merchant' AND account.merchant_id <> entry.merchant_id)
            LIMIT \(limit)
            """,
            withoutEvent(ids, limit: limit),
        ])
        return try findings(Array(rows[0..<3])) + rows[3].map { try AccountFaults.misplaced($0) }
            + rows[4].map { try eventless($0) }
    }

    /// Journals whose place in a stream has no event at all.
    ///
    /// Whether an event that is there moves money, and which, is for the fold of its stream to say.
    static func withoutEvent(_ context: CheckContext) async throws -> [Finding] {
        let rows = try await context.executor.query(
            """
            SELECT id, merchant_id, stream, version, currency::text, recorded_at FROM journal
            WHERE NOT EXISTS (
                SELECT FROM event
                WHERE event.merchant_id = journal.merchant_id AND event.stream = journal.stream
                    AND event.version = journal.version)
            ORDER BY id LIMIT \(Int64(context.limit + 1))
            """
        )
        return try rows.map { try eventless($0) }
    }

    private static func withoutEvent(_ ids: [String], limit: Int64) -> Query {
        """
        SELECT id, merchant_id, stream, version, currency::text, recorded_at FROM journal
        WHERE id = ANY (\(ids)::text[])
            AND NOT EXISTS (
                SELECT FROM event
                WHERE event.merchant_id = journal.merchant_id AND event.stream = journal.stream
                    AND event.version = journal.version)
        ORDER BY id LIMIT \(limit)
        """
    }

    private static func eventless(_ row: Row) throws -> Finding {
        let (id, merchant, stream, version, currency, recordedAt) = try row.decode(
            (String, String, String, Int32, String, PostgresTimestamp).self
        )
        return Finding(
            .journalWithoutEvent,
            id,
            merchantID: merchant,
            currencyCode: currency,
            leftID: "\(stream):\(version)",
            rightID: id,
            occurredAt: recordedAt.moment,
            detail: "there is no event \(version) of \(stream)"
        )
    }

    private static func findings(_ results: [Rows]) throws -> [Finding] {
        let kinds: [DiscrepancyClass] = [
            .unbalancedJournal, .entryWithoutJournal, .journalWithoutEntries,
        ]
        return try zip(kinds, results).flatMap { kind, rows in
            try rows.map { row in
                let (id, merchant, currency, amount, recordedAt) = try row.decode(
                    (String, String?, String?, String, PostgresTimestamp?).self
                )
                let isUnbalanced = kind == .unbalancedJournal
                return Finding(
                    kind,
                    id,
                    merchantID: merchant,
                    currencyCode: currency,
                    expectedMinorUnits: isUnbalanced ? 0 : nil,
                    actualMinorUnits: isUnbalanced ? Int64(amount) : nil,
                    rightID: id,
                    occurredAt: recordedAt?.moment,
                    detail: isUnbalanced ? "entries sum to \(amount)" : "\(amount) entries"
                )
            }
        }
    }
}
