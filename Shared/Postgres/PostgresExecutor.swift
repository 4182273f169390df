/// Whatever statements can be sent to: a pool, a connection or a transaction.
public protocol PostgresExecutor: Sendable {
    /// Sends all statements at once, in one round trip.
    ///
    /// They succeed together or fail together; the result has the rows of each, in order.
    func pipeline(_ queries: [Query]) async throws(PostgresError) -> [Rows]
}

extension PostgresExecutor {
    /// Sends one statement and returns its rows.
    @discardableResult
    public func query(_ query: Query) async throws(PostgresError) -> Rows {
        guard let rows = try await pipeline([query]).first else {
            throw PostgresError(.protocolViolation, "a statement had no result")
        }
        return rows
    }

    /// Sends one statement and returns how many rows it touched.
    @discardableResult
    public func execute(_ query: Query) async throws(PostgresError) -> Int {
        try await self.query(query).affectedCount
    }
}
