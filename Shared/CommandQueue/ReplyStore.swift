public import Postgres

/// The statements about replies.
public enum ReplyStore {
    /// Reads the replies that are there, of those that are asked for.
    public static func fetch(
        _ commandIDs: [Int64],
        from executor: some PostgresExecutor
    ) async throws(PostgresError) -> [Int64: StoredReply] {
        let rows = try await executor.query(
            "SELECT command_id, status, body FROM fetch_replies(\(commandIDs)::bigint[])"
        )
        var replies: [Int64: StoredReply] = [:]
        for row in rows {
            let (commandID, status, body) = try row.decode((Int64, Int16, [UInt8]).self)
            replies[commandID] = StoredReply(status: status, body: body)
        }
        return replies
    }

    /// Stores a reply unless there is one, and returns the one that is there.
    static func storeFirst(
        _ reply: StoredReply,
        for commandID: Int64,
        in executor: some PostgresExecutor
    ) async throws(PostgresError) -> StoredReply {
        let rows = try await executor.query(
            """
            SELECT status, body
            FROM reply_processing(
                \(commandID)::bigint,
                \(reply.status)::smallint,
                \(String(decoding: reply.body, as: UTF8.self))::text
            )
            """
        )
        guard let row = rows.first else {
            throw PostgresError(.protocolViolation, "a stored reply was not returned")
        }
        let (status, body) = try row.decode((Int16, [UInt8]).self)
        return StoredReply(status: status, body: body)
    }
}
