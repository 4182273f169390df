public import Postgres

/// The orchestrator's side of the command queue: who works on what.
///
/// A claim is durable before it returns, so whatever is sent to the network under it can be found
/// again. At most one command of a target runs at a time: a claim leaves out targets that run, and
/// the index `work_one_runs_per_target` makes a second one impossible.
public struct WorkQueue: Sendable {
    /// The channel that wakes orchestrators.
    public static let channel = "work"

    private let pool: PostgresPool
    private let owner: String

    /// Works in the name of one process.
    public init(pool: PostgresPool, owner: String) {
        self.pool = pool
        self.owner = owner
    }

    /// Claims what is due, oldest first; never two commands of one target.
    ///
    /// Commands whose lease has expired are due as well; while they are not taken, others of their
    /// target wait.
    public func claim(
        limit: Int,
        leaseSeconds: Int
    ) async throws(PostgresError) -> [ClaimedWork] {
        let rows = try await pool.query(
            """
            SELECT command_id, lease_token, claims, submitter, merchant_id, kind, body, request_id,
                idempotency_key, endpoint, api_version, received_at
            FROM claim_work(
                \(owner)::text, \(Int32(limit))::integer, \(Int32(leaseSeconds))::integer
            )
            """
        )
        var claimed: [ClaimedWork] = []
        for row in rows { claimed.append(try Self.claimedWork(row)) }
        return claimed
    }

    /// Prolongs leases and says which of them still stand.
    public func renew(
        _ leases: [Lease],
        leaseSeconds: Int
    ) async throws(PostgresError) -> Set<Lease> {
        // Locked in the order in which outcomes lock theirs.
        let rows = try await pool.query(
            """
            WITH held AS (
                SELECT work.command_id
                FROM work
                JOIN unnest(\(leases.map(\.commandID))::bigint[], \(leases.map(\.token))::bigint[])
                    AS asked (command_id, token)
                    ON work.command_id = asked.command_id AND work.lease_token = asked.token
                ORDER BY work.command_id
                FOR UPDATE OF work
            )
            UPDATE work
            SET due_at = clock_timestamp() + make_interval(secs => \(Int32(leaseSeconds)))
            FROM held
            WHERE work.command_id = held.command_id
            RETURNING work.command_id, work.lease_token
            """
        )
        return Set(try Self.leases(rows))
    }

    /// Gives work back at once, as if it had not been claimed: nothing was done and nothing sent.
    public func handBack(_ leases: [Lease]) async throws(PostgresError) {
        try await pool.execute(
            """
            UPDATE work
            SET due_at = now(), lease_owner = NULL, lease_token = NULL, claims = work.claims - 1
            FROM unnest(\(leases.map(\.commandID))::bigint[], \(leases.map(\.token))::bigint[])
                AS held (command_id, token)
            WHERE work.command_id = held.command_id AND work.lease_token = held.token
            """
        )
    }
}
