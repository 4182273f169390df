public import Postgres

/// Finds refunds that wait for their merchant's balance and need wait no longer.
public struct WaitingRefunds: Sendable {
    private let executor: any PostgresExecutor

    /// Reads through a pool, a connection or a transaction.
    public init(_ executor: any PostgresExecutor) {
        self.executor = executor
    }

    /// The commands of the refunds whose money has come or whose time is over, oldest first.
    public func commands(limit: Int) async throws -> [Int64] {
        let rows = try await executor.query(
            """
            SELECT command_id FROM refund_waiting_moment
            WHERE due_at <= merchant_now(merchant_id)
            ORDER BY due_at
            LIMIT \(Int64(limit))
            """
        )
        return try rows.map { try $0.decode(Int64.self, at: 0) }
    }
}
