import Money
import Payments
import Postgres
import SettlementStore

/// Settles some merchants of a scratch store, with a network whose files agree.
enum ScratchSettlement {
    /// What was settled, so that breaks can be planted in it.
    struct Index {
        struct Item {
            let merchant: String
            let source: String
            let settlement: String

            var name: String { "item \(source)" }
        }

        struct Batch {
            let merchant: String
            let id: String
        }

        private(set) var items: [Item] = []
        private(set) var batches: [Batch] = []

        static func read(_ pool: PostgresPool) async throws -> Index {
            let results = try await pool.pipeline([
                """
                SELECT merchant_id, source_id, settlement_id FROM settlement_item
                WHERE settlement_id IS NOT NULL ORDER BY merchant_id, source_id
                """,
                "SELECT merchant_id, id FROM settlement WHERE is_completed ORDER BY merchant_id, id",
            ])
            var index = Index()
            index.items = try results[0].map { row in
                let (merchant, source, settlement) = try row.decode((String, String, String).self)
                return Item(merchant: merchant, source: source, settlement: settlement)
            }
            index.batches = try results[1].map { row in
                let (merchant, id) = try row.decode((String, String).self)
                return Batch(merchant: merchant, id: id)
            }
            return index
        }
    }

    private static let daysAhead: Int64 = 15
    private static let feedAttempts = 1_200

    /// Moves the merchants' time past the next cut-offs and settles what is due by then.
    static func run(_ pool: PostgresPool, merchants: some Sequence<MerchantID>) async throws {
        let chosen = Set(merchants)
        try await pool.execute(
            """
            INSERT INTO merchant_clock (merchant_id, offset_microseconds)
            SELECT id, \(daysAhead * 86_400 * 1_000_000)
            FROM unnest(\(chosen.map(\.rawValue).sorted())::text[]) AS chosen (id)
            """
        )
        let store = SettlementStore(pool)
        try await store.extendCutOffs()
        try await takeAll(store, pool)
        for due in try await store.due(limit: .max) where chosen.contains(due.merchantID) {
            guard let batch = try await store.openBatch(due) else { continue }
            let lines = try await lines(of: batch, pool)
            _ = try await store.complete(batch, lines: lines, content: content(of: lines))
        }
    }

    /// Reads the feed to its end; what another database of the server still has running holds the
    /// horizon back for a moment.
    private static func takeAll(_ store: SettlementStore, _ pool: PostgresPool) async throws {
        for _ in 0..<feedAttempts {
            while try await store.take() > 0 {}
            let rows = try await pool.query(
                """
                SELECT count(*) FROM event
                WHERE type IN ('payment_captured', 'refund_issued', 'refund_returned',
                        'dispute_charged_back', 'dispute_represented')
                    AND (epoch, tx, position) > (
                        SELECT epoch, tx, position FROM feed_cursor WHERE consumer = 'settlement')
                """
            )
            if try rows.first?.decode(Int.self, at: 0) == 0 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw PostgresError(.timeout, "a transaction of the server holds the feed back")
    }

    private static func lines(
        of batch: Settlement,
        _ pool: PostgresPool
    ) async throws -> [ClearedLine] {
        let rows = try await pool.query(
            """
            SELECT kind, reference, trace_number, amount_minor
            FROM settlement_item
            WHERE merchant_id = \(batch.merchantID.rawValue)
                AND currency = \(batch.opening.currency.code)::char(3)
                AND settlement_id IS NULL
                AND cutoff_at <= \(PostgresTimestamp(batch.opening.cutOffAt))
            """
        )
        return try rows.map { row in
            let (word, reference, trace, amount) = try row.decode(
                (String, String, Int32, Int64).self
            )
            let kind = ClearedLine.Kind(rawValue: word) ?? .refund
            return ClearedLine(
                kind: kind,
                reference: reference,
                traceNumber: trace,
                amountMinorUnits: amount,
                interchangeMinorUnits: kind == .sale ? amount / 100 : 0
            )
        }
    }

    /// A file as far as its sums go: its trailer.
    private static func content(of lines: [ClearedLine]) -> String {
        func sum(_ part: (ClearedLine) -> Int64) -> String {
            let digits = String(lines.reduce(0) { $0 + part($1) })
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        let sums =
            sum { $0.kind.isCredit ? $0.amountMinorUnits : 0 }
            + sum { $0.kind.isCredit ? 0 : $0.amountMinorUnits } + sum(\.interchangeMinorUnits)
        let counts = String(repeating: "0", count: 16)
        return "99" + counts + sums + String(repeating: "0", count: 32) + "      \n"
    }
}
