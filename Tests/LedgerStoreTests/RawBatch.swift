import Postgres

/// Journals as the posting function takes them, also such as no template would make.
struct RawBatch {
    private struct Item {
        let id: String
        let merchant: String
        let currency: String
        let stream: String
        let version: Int32
        let source: String
        let effectiveAt: PostgresTimestamp
    }

    private var items: [Item] = []
    private var legs: [(journal: Int32, code: Int16, currency: String, amount: Int64)] = []

    /// Adds `jrn_<number>`; unless told otherwise it has a stream and a source of its own.
    mutating func add(
        _ number: Int,
        _ entries: [(code: Int16, amount: Int64)],
        id: String? = nil,
        merchant: String = "acct_1",
        currency: String = "inr",
        stream: String? = nil,
        version: Int32 = 1,
        source: String? = nil,
        effectiveSeconds: Int64 = 0
    ) {
        let id = id ?? "jrn_\(number)"
        items.append(
            Item(
                id: id,
                merchant: merchant,
                currency: currency,
                stream: stream ?? id,
                version: version,
                source: source ?? id,
                effectiveAt: PostgresTimestamp(
                    microsecondsSinceEpoch: effectiveSeconds * 1_000_000
                )
            )
        )
        for entry in entries {
            legs.append((Int32(items.count), entry.code, currency, entry.amount))
        }
    }

    func post(to executor: some PostgresExecutor) async throws -> [String] {
        let rows = try await executor.query(
            """
            SELECT result FROM post_journals(
                \(items.map(\.id))::text[], \(items.map(\.merchant))::text[],
                \(items.map { _ in "payment_captured" })::text[],
                \(items.map(\.currency))::text[], \(items.map(\.stream))::text[],
                \(items.map(\.version))::integer[], \(items.map(\.source))::text[],
                \(items.map(\.effectiveAt))::timestamptz[],
                \(legs.map(\.journal))::integer[], \(legs.map(\.code))::smallint[],
                \(legs.map(\.currency))::text[], \(legs.map(\.amount))::bigint[])
            ORDER BY ordinal
            """
        )
        return try rows.map { try $0.decode(String.self, at: 0) }
    }
}
