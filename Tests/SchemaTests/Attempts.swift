import Postgres
import TestKit
import Testing

/// Runs statements as psql would, in one transaction, and says what refused them.
struct Attempts {
    let database: TestDatabase

    /// The constraint or SQLSTATE that refused the script; nil when it went through.
    func refusal(role: String? = nil, _ sql: String) async throws -> String? {
        let pool = try database.pool(role: role, maximumConnections: 1)
        do {
            try await pool.withTransaction { try await $0.executeTrustedScript(sql) }
            await pool.shutDown()
            return nil
        } catch let error as PostgresError {
            await pool.shutDown()
            return error.constraintName ?? error.sqlState ?? "\(error.kind)"
        }
    }

    /// A script that must go through.
    func carryOut(role: String? = nil, _ sql: String) async throws {
        let refusal = try await refusal(role: role, sql)
        #expect(refusal == nil)
    }
}

/// PostgreSQL's code for what a role may not do.
let insufficientPrivilege = "42501"

/// All roles that touch the store, and its owner.
let rolesAndOwner: [String?] = ["gateway", "orchestrator", "control", nil]

/// A balanced journal of one payment, posted the only way there is.
let postedJournal = """
    SELECT * FROM post_journals(
        ARRAY['jrn_1'], ARRAY['acct_1'], ARRAY['payment_captured'], ARRAY['inr'], ARRAY['pi_1'],
        ARRAY[4], ARRAY['ch_1'], ARRAY[now()], ARRAY[1, 1, 1], ARRAY[1100, 2010, 4010]::smallint[],
        ARRAY['inr', 'inr', 'inr'], ARRAY[1000, -970, -30]::bigint[]);
    """

/// An event as the orchestrator appends it.
func appendedEvent(version: Int, stream: String = "pi_1", merchant: String = "acct_1") -> String {
    """
    INSERT INTO event (merchant_id, stream, version, type, type_version, data, command_id,
        request_id, recorded_at, effective_at)
    VALUES ('\(merchant)', '\(stream)', \(version), 'payment_created', 1, '{}', 1, 'req_1', now(), now());
    """
}
