public import Money
public import Payments
public import Postgres

/// The statements about work that run inside a transaction of the caller's.
public enum WorkStatements {
    /// Removes finished work that is still held under these leases, and says what it was.
    ///
    /// What is missing from the result has been taken over or finished: nothing may be written for
    /// it, and the transaction must be rolled back. Rows are taken in command order, as every
    /// statement over several does, so that none of them waits for another in a circle.
    public static func remove(_ leases: [Lease]) -> Query {
        let leases = leases.sorted { $0.commandID < $1.commandID }
        return """
            DELETE FROM work
            USING unnest(\(leases.map(\.commandID))::bigint[], \(leases.map(\.token))::bigint[])
                AS held (command_id, token)
            WHERE work.command_id = held.command_id AND work.lease_token = held.token
            RETURNING work.command_id, work.lease_token
            """
    }

    /// Puts work back until a later time, and says what of it was still held, as ``remove(_:)``
    /// does; whoever claims it then knows that it may have run.
    public static func snooze(_ work: [(lease: Lease, until: Timestamp)]) -> Query {
        let work = work.sorted { $0.lease.commandID < $1.lease.commandID }
        let until = work.map {
            PostgresTimestamp(microsecondsSinceEpoch: $0.until.microsecondsSinceEpoch)
        }
        return """
            UPDATE work
            SET due_at = held.due_at, lease_owner = NULL, lease_token = NULL
            FROM unnest(
                \(work.map(\.lease.commandID))::bigint[], \(work.map(\.lease.token))::bigint[],
                \(until)::timestamptz[]
            ) AS held (command_id, token, due_at)
            WHERE work.command_id = held.command_id AND work.lease_token = held.token
            RETURNING held.command_id, held.token
            """
    }

    /// Reads the result of ``remove(_:)`` or ``snooze(_:)``.
    public static func leases(_ rows: Rows) throws(PostgresError) -> Set<Lease> {
        Set(try WorkQueue.leases(rows))
    }

    /// Stores replies; one that is there already stays.
    public static func insertReplies(
        _ replies: [(commandID: Int64, merchantID: MerchantID, reply: StoredReply)]
    ) -> Query {
        """
        INSERT INTO reply (command_id, merchant_id, status, body)
        SELECT command_id, merchant_id, status, body
        FROM unnest(
            \(replies.map(\.commandID))::bigint[],
            \(replies.map(\.merchantID.rawValue))::text[],
            \(replies.map(\.reply.status))::smallint[],
            \(replies.map { String(decoding: $0.reply.body, as: UTF8.self) })::text[]
        ) AS answered (command_id, merchant_id, status, body)
        ON CONFLICT DO NOTHING
        """
    }

    /// Has work that was put back taken up at once: what it waits for has come.
    public static func hasten(_ commandIDs: [Int64]) -> Query {
        """
        UPDATE work SET due_at = now()
        WHERE command_id IN (
            SELECT command_id FROM work
            WHERE command_id = ANY (\(commandIDs)::bigint[]) AND lease_token IS NULL
                AND due_at > now()
            ORDER BY command_id
            FOR UPDATE SKIP LOCKED)
        """
    }

    /// Makes work again for commands that have none; whoever claims it knows that it may have run.
    ///
    /// - Returns: A statement whose affected rows are those that had none.
    public static func giveBack(_ commandIDs: [Int64], owner: String) -> Query {
        """
        INSERT INTO work (command_id, merchant_id, target, submitter, claims)
        SELECT id, merchant_id, target, \(owner)::text, 1
        FROM command
        WHERE id = ANY (\(commandIDs)::bigint[])
        ORDER BY id
        ON CONFLICT DO NOTHING
        """
    }
}
