import Money
import Payments
public import Postgres

/// The orchestrator's side of the command queue: who works on what.
///
/// A claim is durable before it returns, so whatever is sent to the network under it can be found
/// again. At most one command of a target runs at a time: a claim leaves out targets that run, and
/// the index `work_one_runs_per_target` makes a second one impossible.
public struct WorkQueue: Sendable {
    /// The channel that wakes orchestrators.
    public static let channel = "work"

    /// Claims are made one after the other.
    ///
    /// Side by side they would wait for each other's targets in the unique index, in any order,
    /// which ends in deadlocks; a claim takes one statement for up to hundreds of commands, so
    /// there is nothing to gain from two at a time. The letters of "claim".
    private static let claimLock: Int64 = 0x63_6C61_696D

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
        // One transaction, two statements: the second one's snapshot is newer than the lock.
        let results = try await pool.pipeline([
            "SELECT pg_advisory_xact_lock(\(Self.claimLock))",
            claimStatement(limit: limit, leaseSeconds: leaseSeconds),
        ])
        var claimed: [ClaimedWork] = []
        for row in results.last.map(Array.init) ?? [] {
            claimed.append(try Self.claimedWork(row))
        }
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
            SET lease_expires_at = clock_timestamp() + make_interval(secs => \(Int32(leaseSeconds)))
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
            SET lease_owner = NULL, lease_token = NULL, lease_expires_at = NULL,
                claims = work.claims - 1
            FROM unnest(\(leases.map(\.commandID))::bigint[], \(leases.map(\.token))::bigint[])
                AS held (command_id, token)
            WHERE work.command_id = held.command_id AND work.lease_token = held.token
            """
        )
    }

    private func claimStatement(limit: Int, leaseSeconds: Int) -> Query {
        """
        WITH due AS (
            SELECT command_id, merchant_id, target, due_at
            FROM work
            WHERE lease_token IS NULL AND due_at <= now() AND NOT EXISTS (
                SELECT FROM work running
                WHERE running.merchant_id = work.merchant_id AND running.target = work.target
                    AND running.lease_token IS NOT NULL)
            ORDER BY due_at, command_id
            LIMIT \(Int64(limit))
            FOR UPDATE OF work SKIP LOCKED
        ), abandoned AS (
            SELECT command_id, merchant_id, target, due_at
            FROM work
            WHERE lease_token IS NOT NULL AND lease_expires_at < now()
            ORDER BY lease_expires_at
            LIMIT \(Int64(limit))
            FOR UPDATE OF work SKIP LOCKED
        ), oldest AS (
            SELECT DISTINCT ON (merchant_id, target) command_id
            FROM (
                SELECT command_id, merchant_id, target FROM due
                UNION ALL
                SELECT command_id, merchant_id, target FROM abandoned
            ) candidate
            ORDER BY merchant_id, target, command_id
        ), chosen AS (
            SELECT command_id FROM oldest ORDER BY command_id LIMIT \(Int64(limit))
        ), claimed AS (
            UPDATE work
            SET lease_owner = \(owner)::text, lease_token = nextval('work_lease_token'),
                lease_expires_at = now() + make_interval(secs => \(Int32(leaseSeconds))),
                claims = claims + 1
            FROM chosen
            WHERE work.command_id = chosen.command_id
            RETURNING work.command_id, work.lease_token, work.claims, work.submitter
        )
        SELECT claimed.command_id, claimed.lease_token, claimed.claims, claimed.submitter,
            command.merchant_id, command.kind, command.body, command.request_id,
            command.idempotency_key, command.endpoint, command.api_version,
            command.received_at
        FROM claimed
        JOIN command ON command.id = claimed.command_id
        ORDER BY claimed.command_id
        """
    }
}
