import Money
import Payments
public import Postgres

/// The orchestrator's side of the command queue: who works on what.
///
/// A claim is durable before it returns, so whatever is sent to the network under it can be found
/// again. At most one command of a target runs at a time: the index `work_running_target` makes a
/// second one impossible, and a claim that runs into it is simply made again.
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
        var attempt = 1
        while true {
            do throws(PostgresError) {
                return try await claimOnce(limit: limit, leaseSeconds: leaseSeconds)
            } catch {
                // Another process has claimed a command of the same target at the same moment.
                guard error.sqlState == "23505", attempt < 5 else { throw error }
                attempt += 1
            }
        }
    }

    /// Prolongs leases and says which of them still stand.
    public func renew(
        _ leases: [Lease],
        leaseSeconds: Int
    ) async throws(PostgresError) -> Set<Lease> {
        let rows = try await pool.query(
            """
            UPDATE work
            SET lease_expires_at = clock_timestamp() + make_interval(secs => \(Int32(leaseSeconds)))
            FROM unnest(\(leases.map(\.commandID))::bigint[], \(leases.map(\.token))::bigint[])
                AS held (command_id, token)
            WHERE work.command_id = held.command_id AND work.lease_token = held.token
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
            SET lease_owner = NULL, lease_token = NULL, lease_expires_at = NULL,
                claims = work.claims - 1
            FROM unnest(\(leases.map(\.commandID))::bigint[], \(leases.map(\.token))::bigint[])
                AS held (command_id, token)
            WHERE work.command_id = held.command_id AND work.lease_token = held.token
            """
        )
    }

    private func claimOnce(
        limit: Int,
        leaseSeconds: Int
    ) async throws(PostgresError) -> [ClaimedWork] {
        let rows = try await pool.query(
            """
            SELECT command_id, lease_token, claims, submitter, merchant_id, kind, body, request_id,
                idempotency_key, endpoint, api_version, received_at
            FROM claim_work(\(owner)::text, \(Int32(limit))::integer, \(Int32(leaseSeconds))::integer)
            """
        )
        var claimed: [ClaimedWork] = []
        for row in rows { claimed.append(try Self.claimedWork(row)) }
        return claimed
    }
}
