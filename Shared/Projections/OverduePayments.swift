import JSON
public import Money
public import Payments
public import Postgres

/// Finds payments that wait for an end and that nobody works on.
public struct OverduePayments: Sendable {
    private let executor: any PostgresExecutor

    /// Reads through a pool, a connection or a transaction.
    public init(_ executor: any PostgresExecutor) {
        self.executor = executor
    }

    /// The payments whose moment was before a time and that have no work row, oldest first.
    ///
    /// A payment of which the merchant wants something at this very moment is found as well when
    /// its moment has passed; giving work to a command that has none is harmless.
    public func find(before time: Timestamp, limit: Int) async throws -> [Payment] {
        let rows = try await executor.query(
            """
            SELECT payment.document
            FROM (
                SELECT document, merchant_id, id, unresolved_since FROM payment
                WHERE unresolved_since < \(PostgresTimestamp(time))
                UNION
                -- Of merchants whose own clock is ahead.
                SELECT own.document, own.merchant_id, own.id, own.unresolved_since
                FROM merchant_clock CROSS JOIN LATERAL (
                    SELECT * FROM payment
                    WHERE payment.merchant_id = merchant_clock.merchant_id
                        AND payment.unresolved_since
                            < now() + offset_microseconds * interval '1 microsecond'
                        AND payment.authorized_minor > 0 AND payment.captured_minor = 0
                    ORDER BY payment.unresolved_since
                    LIMIT \(Int64(limit))
                ) own
            ) payment
            WHERE NOT EXISTS (
                    SELECT FROM work
                    WHERE work.merchant_id = payment.merchant_id AND work.target = payment.id)
            ORDER BY payment.unresolved_since
            LIMIT \(Int64(limit))
            """
        )
        return try rows.map { row in
            try Payment(document: try JSON(parsing: try row.decode([UInt8].self, at: 0)))
        }
    }
}
