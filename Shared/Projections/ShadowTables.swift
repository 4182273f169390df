import Postgres

/// How a table's rows compared with what events say.
public struct ProjectionComparison: Sendable, Equatable {
    /// The table.
    public let table: String
    /// Rows that events call for.
    public let rows: Int
    /// Rows that events call for and that were not there.
    public let missing: Int
    /// Rows that were there and that no event calls for.
    public let surplus: Int
    /// Rows that were there with other values.
    public let different: Int

    /// Whether the table was exactly what events say.
    public var isIdentical: Bool { missing == 0 && surplus == 0 && different == 0 }
}

/// The tables that a rebuild fills beside the live ones, in a schema of their own.
enum ShadowTables {
    private struct Table {
        let name: StaticString
        /// The condition under which a live row and a shadow row are about the same thing.
        let sameKey: StaticString
    }

    private static let byID: StaticString =
        "live.merchant_id = shadow.merchant_id AND live.id = shadow.id"

    private static let tables = [
        Table(name: "payment", sameKey: byID),
        Table(name: "charge", sameKey: byID),
        Table(name: "refund", sameKey: byID),
        Table(name: "dispute", sameKey: byID),
        Table(name: "early_fraud_warning", sameKey: byID),
        Table(name: "payment_method", sameKey: byID),
        Table(name: "card_token", sameKey: byID),
        Table(name: "webhook_endpoint", sameKey: byID),
        Table(name: "settlement", sameKey: byID),
        Table(name: "payout", sameKey: byID),
        Table(name: "balance_settings", sameKey: byID),
        Table(name: "merchant", sameKey: "live.merchant_id = shadow.merchant_id"),
        Table(name: "api_key", sameKey: "live.key_hash = shadow.key_hash"),
    ]

    /// Makes them empty, in place of what a rebuild that was cut short has left.
    static func create(_ pool: PostgresPool) async throws {
        try await pool.withTransaction { transaction in
            try await transaction.execute("DROP SCHEMA IF EXISTS rebuild CASCADE")
            try await transaction.execute("CREATE SCHEMA rebuild")
            for table in tables {
                // Unlogged: they need not outlive a crash. Constraints and keys come with LIKE.
                try await transaction.execute(
                    """
                    CREATE UNLOGGED TABLE rebuild.\(raw: table.name)
                    (LIKE public.\(raw: table.name) INCLUDING ALL)
                    """
                )
            }
        }
    }

    static func drop(_ pool: PostgresPool) async throws {
        try await pool.execute("DROP SCHEMA IF EXISTS rebuild CASCADE")
    }

    static func estimatedEvents(_ pool: PostgresPool) async throws -> Int {
        let rows = try await pool.query(
            "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'event'::regclass"
        )
        return try rows.first?.decode(Int.self, at: 0) ?? 0
    }

    /// Compares every column of every row.
    static func compare(_ transaction: Transaction) async throws -> [ProjectionComparison] {
        var comparisons: [ProjectionComparison] = []
        for table in tables {
            let rows = try await transaction.query(
                """
                SELECT count(shadow.merchant_id),
                    count(*) FILTER (WHERE live.merchant_id IS NULL),
                    count(*) FILTER (WHERE shadow.merchant_id IS NULL),
                    count(*) FILTER (
                        WHERE live.merchant_id IS NOT NULL AND shadow.merchant_id IS NOT NULL
                            AND ROW(live.*) IS DISTINCT FROM ROW(shadow.*))
                FROM public.\(raw: table.name) live
                FULL JOIN rebuild.\(raw: table.name) shadow ON \(raw: table.sameKey)
                """
            )
            guard let row = rows.first else { continue }
            let (count, missing, surplus, different) = try row.decode((Int, Int, Int, Int).self)
            comparisons.append(
                ProjectionComparison(
                    table: "\(table.name)",
                    rows: count,
                    missing: missing,
                    surplus: surplus,
                    different: different
                )
            )
        }
        return comparisons
    }

    /// Puts the rows that events call for in the place of those that differ.
    static func swap(_ transaction: Transaction) async throws {
        for table in tables {
            try await transaction.execute(
                """
                DELETE FROM public.\(raw: table.name) live
                WHERE NOT EXISTS (
                    SELECT FROM rebuild.\(raw: table.name) shadow
                    WHERE \(raw: table.sameKey)
                        AND ROW(live.*) IS NOT DISTINCT FROM ROW(shadow.*))
                """
            )
            try await transaction.execute(
                """
                INSERT INTO public.\(raw: table.name)
                SELECT shadow.*
                FROM rebuild.\(raw: table.name) shadow
                WHERE NOT EXISTS (
                    SELECT FROM public.\(raw: table.name) live WHERE \(raw: table.sameKey))
                """
            )
        }
    }
}
