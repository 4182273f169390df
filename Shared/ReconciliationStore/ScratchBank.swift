import Money
import PayoutStore
import Postgres

/// Pays out what a scratch store has settled, with a bank whose files agree.
enum ScratchBank {
    /// What the bank moved, so that breaks can be planted in it.
    struct Index {
        struct Movement {
            /// The bank's name for it.
            let endToEndID: String
            /// The payout or the settlement batch.
            let subject: String
            /// The statement that has it.
            let statement: Int64
            let currencyCode: String
        }

        private(set) var movements: [Movement] = []
        /// The account that each payout was taken from.
        private(set) var accounts: [String: Int64] = [:]
        /// Payouts that the bank has said nothing about.
        private(set) var unanswered: [String] = []

        static func read(_ pool: PostgresPool) async throws -> Index {
            let results = try await pool.pipeline([
                """
                SELECT told.end_to_end_id, coalesce(payout.id, batch.id), told.statement_number,
                    told.currency::text
                FROM bank_entry told
                LEFT JOIN payout ON payout.id = told.end_to_end_id
                LEFT JOIN settlement batch ON told.end_to_end_id
                    = clearing_reference(batch.merchant_id, batch.currency, batch.cutoff_at)
                WHERE told.statement_number IS NOT NULL AND told.end_to_end_id IS NOT NULL
                ORDER BY told.statement_number, told.reference
                """,
                "SELECT id FROM payout WHERE status = 'in_transit' ORDER BY id",
                """
                SELECT journal.stream, entry.account_id FROM journal
                JOIN entry ON entry.journal_id = journal.id AND entry.account_version IS NOT NULL
                WHERE journal.kind = 'payout_created'
                """,
            ])
            var index = Index()
            index.movements = try results[0].map { row in
                let (id, subject, statement, currency) = try row.decode(
                    (String, String, Int64, String).self
                )
                return Movement(
                    endToEndID: id,
                    subject: subject,
                    statement: statement,
                    currencyCode: currency
                )
            }
            index.unanswered = try results[1].map { try $0.decode(String.self, at: 0) }
            let accounts = try results[2].map { try $0.decode((String, Int64).self) }
            index.accounts = Dictionary(accounts) { first, _ in first }
            return index
        }
    }

    /// Longer than settled money waits for its payout.
    private static let daysAhead: Int64 = 10
    private static let feedAttempts = 1_200
    private static let accountNumber = "000990000001"
    private static let strayMinorUnits: Int64 = 700

    /// Moves the merchants' time on, makes the payouts that are due by then, and has the bank tell of
    /// all of them but one, and of money that nobody knows about.
    static func run(_ pool: PostgresPool) async throws {
        let store = PayoutStore(pool)
        try await takeAll(store, pool)
        try await pool.execute(
            """
            UPDATE merchant_clock
            SET offset_microseconds = offset_microseconds + \(daysAhead * 86_400 * 1_000_000)
            """
        )
        for due in try await store.due(limit: .max) { _ = try await store.pay(due) }
        try await takeAll(store, pool)
        while try await store.writeFile({ _ in "a file" }) > 0 {}
        try await tell(store, pool)
    }

    /// Reads the feed to its end; what another database of the server still has running holds the
    /// horizon back for a moment.
    private static func takeAll(_ store: PayoutStore, _ pool: PostgresPool) async throws {
        for _ in 0..<feedAttempts {
            while try await store.take() > 0 {}
            let rows = try await pool.query(
                """
                SELECT count(*) FROM event
                WHERE type IN ('settlement_completed', 'payout_created')
                    AND (epoch, tx, position) > (
                        SELECT epoch, tx, position FROM feed_cursor WHERE consumer = 'payout')
                """
            )
            if try rows.first?.decode(Int.self, at: 0) == 0 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw PostgresError(.timeout, "a transaction of the server holds the feed back")
    }

    /// Two statements of each currency: the first with what the network paid, the second with payouts.
    private static func tell(_ store: PayoutStore, _ pool: PostgresPool) async throws {
        let paid = try await movements(
            """
            SELECT clearing_reference(batch.merchant_id, batch.currency, batch.cutoff_at),
                (sale_minor - refund_minor - interchange_minor)::bigint, batch.currency::text
            FROM settlement batch
            JOIN clearing_file file ON file.merchant_id = batch.merchant_id
                AND file.settlement_id = batch.id AND file.refusal IS NULL,
                clearing_trailer(file.content)
            WHERE sale_minor - refund_minor <> interchange_minor ORDER BY 1
            """,
            pool
        )
        let payouts = try await movements(
            "SELECT id, -amount_minor, currency::text FROM payout ORDER BY id",
            pool
        )
        let sent = Dictionary(grouping: payouts.dropLast(), by: \.amount.currency)
        var sequence: Int64 = 0
        for (currency, clearings) in Dictionary(grouping: paid, by: \.amount.currency) {
            var opening: Int64 = 0
            for (number, told) in [(Int64(1), clearings), (2, sent[currency] ?? [])] {
                let entries = told + (number == 1 ? [stray(currency)] : [])
                let closing = entries.reduce(opening) { $0 + $1.amount.minorUnits }
                var word = BankWord()
                word.entries = (accountNumber, entries)
                word.statement = .init(
                    number: number,
                    day: "2026-01-0\(number)",
                    opening: Money(minorUnits: opening, currency: currency),
                    closing: Money(minorUnits: closing, currency: currency)
                )
                sequence += 1
                _ = try await store.hear(
                    word,
                    name: "S\(sequence)",
                    sequence: sequence,
                    content: "a statement"
                )
                opening = closing
            }
        }
    }

    private static func stray(_ currency: Currency) -> BankWord.Entry {
        BankWord.Entry(
            reference: "B-stray",
            amount: Money(minorUnits: strayMinorUnits, currency: currency),
            bookedOn: "2026-01-01",
            endToEndID: nil,
            returnReason: nil
        )
    }

    private static func movements(
        _ query: Query,
        _ pool: PostgresPool
    ) async throws -> [BankWord.Entry] {
        try await pool.query(query).map { row in
            let (id, amount, code) = try row.decode((String, Int64, String).self)
            return BankWord.Entry(
                reference: "B-\(id)",
                amount: Money(minorUnits: amount, currency: try Currency(code)),
                bookedOn: "2026-01-01",
                endToEndID: id,
                returnReason: nil
            )
        }
    }
}
