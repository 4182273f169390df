/// A connection that a closure has to itself.
///
/// It runs one request at a time. What the closure sets in the session, it must set back.
public struct PostgresConnection: PostgresExecutor {
    let session: Session

    /// Sends all statements at once; they are one implicit transaction.
    public func pipeline(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        try await session.run(Work(queries, mayCommit: true))
    }

    /// Runs a text of several statements, as `psql` would.
    ///
    /// Nothing in it is escaped: it must come from the program, as migrations do.
    public func executeTrustedScript(_ sql: String) async throws(PostgresError) {
        _ = try await session.run(Work(script: sql))
    }
}
