public import Postgres

extension PostgresExecutor {
    /// The first column of the first row, or nil when there is no row.
    public func value<Value: PostgresValue>(_ query: Query) async throws -> Value? {
        try await self.query(query).first?.decode(Value?.self, at: 0) ?? nil
    }
}
