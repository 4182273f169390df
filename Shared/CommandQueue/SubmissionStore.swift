import JSON
import Payments
import Postgres

/// The statements behind ``Submitter``.
enum SubmissionStore {
    /// Stores all submissions in one transaction and says what became of each.
    ///
    /// A duplicate that carries the submission's own request identifier is the submission itself,
    /// stored by an attempt whose answer was lost.
    static func submit(
        _ items: [Submission],
        instance: String,
        to pool: PostgresPool
    ) async throws(PostgresError) -> [SubmissionResult] {
        // In the order of the keys: batches of several gateways that hold the same keys would
        // otherwise wait for each other in a circle.
        let order = items.indices.sorted { Key(items[$0]) < Key(items[$1]) }
        let sorted = try await submitSorted(order.map { items[$0] }, instance: instance, to: pool)
        let placed = zip(order, sorted).sorted { $0.0 < $1.0 }
        return placed.map(\.1)
    }

    private static func submitSorted(
        _ items: [Submission],
        instance: String,
        to pool: PostgresPool
    ) async throws(PostgresError) -> [SubmissionResult] {
        let rows = try await pool.query(
            submission(of: items, instance: instance, isFlushed: false)
        )
        var results: [SubmissionResult?] = Array(repeating: nil, count: items.count)
        for row in rows {
            let (ordinal, commandID) = try row.decode((Int64, Int64?).self)
            if let commandID { results[Int(ordinal) - 1] = .accepted(commandID: commandID) }
        }
        let duplicates = items.indices.filter { results[$0] == nil }
        if !duplicates.isEmpty {
            let earlier = try await find(duplicates.map { items[$0] }, in: pool)
            for index in duplicates {
                let item = items[index]
                guard let known = earlier[Key(item)] else {
                    throw PostgresError(
                        .protocolViolation,
                        "a submission was neither stored nor found"
                    )
                }
                results[index] =
                    known.requestID == item.requestID
                    ? .accepted(commandID: known.commandID) : .duplicate(known)
            }
        }
        return results.compactMap { $0 }
    }

    private struct Key: Hashable, Comparable {
        let merchant: String
        let key: String

        init(merchant: String, key: String) {
            self.merchant = merchant
            self.key = key
        }

        init(_ item: Submission) {
            self.init(merchant: item.merchantID.rawValue, key: item.idempotencyKey)
        }

        static func < (left: Key, right: Key) -> Bool {
            (left.merchant, left.key) < (right.merchant, right.key)
        }
    }

    /// The statement for items in any order; duplicates of earlier ones are left alone.
    static func sorted(_ items: [Submission], instance: String) -> Query {
        submission(of: items.sorted { Key($0) < Key($1) }, instance: instance)
    }

    /// The statement; where it is not to be flushed it must be a transaction of its own.
    ///
    /// Nobody is told that a request was taken: an answer comes from what was done about it, and
    /// that begins with a claim. The claim's commit comes later in the log and is flushed before
    /// anything is sent, and the log is flushed in its order: so no effect can outlive its command,
    /// and a crash before leaves a request that was never made, whose key is free. Without a flush
    /// of its own here, and for the webhooks' cursor, a payment takes 0.10 WAL syncs instead of 0.19
    /// to 0.20 with 64 in flight (wrk, `wal_sync` of pg_stat_wal).
    static func submission(
        of items: [Submission],
        instance: String,
        isFlushed: Bool = true
    ) -> Query {
        """
        SELECT ordinal, command_id
        FROM set_config(
            'synchronous_commit',
            CASE WHEN \(isFlushed) THEN current_setting('synchronous_commit') ELSE 'off' END,
            true
        ), submit_commands(
            \(items.map(\.merchantID.rawValue))::text[],
            \(items.map(\.idempotencyKey))::text[],
            \(items.map(\.fingerprint))::bytea[],
            \(items.map(\.endpoint))::text[],
            \(items.map(\.command.kind.rawValue))::text[],
            \(items.map(\.command.target.rawValue))::text[],
            \(items.map { String(decoding: $0.command.body.serialized(), as: UTF8.self) })::text[],
            \(items.map(\.requestID))::text[],
            \(items.map(\.apiVersion))::text[],
            \(instance)::text
        )
        """
    }

    private static func find(
        _ items: [Submission],
        in pool: PostgresPool
    ) async throws(PostgresError) -> [Key: EarlierSubmission] {
        let rows = try await pool.query(
            """
            SELECT merchant_id, idempotency_key, command_id, fingerprint, endpoint, request_id,
                status, body
            FROM find_commands(
                \(items.map(\.merchantID.rawValue))::text[],
                \(items.map(\.idempotencyKey))::text[]
            )
            """
        )
        var found: [Key: EarlierSubmission] = [:]
        for row in rows {
            let (merchant, key, commandID, fingerprint, endpoint, requestID, status, body) =
                try row.decode(
                    (String, String, Int64, [UInt8], String, String, Int16?, [UInt8]?).self
                )
            var reply: StoredReply?
            if let status, let body { reply = StoredReply(status: status, body: body) }
            found[Key(merchant: merchant, key: key)] = EarlierSubmission(
                commandID: commandID,
                fingerprint: fingerprint,
                endpoint: endpoint,
                requestID: requestID,
                reply: reply
            )
        }
        return found
    }
}
