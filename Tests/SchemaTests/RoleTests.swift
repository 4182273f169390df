import Postgres
import Schema
import TestKit
import Testing

@Suite("Each service may do what its work needs", .timeLimit(.minutes(3)))
struct RoleTests {
    @Test("The gateway reads no queue, no keys, and writes no table")
    func gatewayIsSmall() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            for statement in [
                "SELECT FROM command", "SELECT FROM work", "SELECT FROM reply",
                "SELECT FROM api_key", "SELECT FROM posting_batch",
                appendedEvent(version: 1),
                "INSERT INTO work (command_id, merchant_id, target, submitter) VALUES (1, 'a', 'b', 'c')",
                "UPDATE payment SET state = 'captured'", "DELETE FROM payment",
            ] {
                let refusal = try await attempts.refusal(role: "gateway", statement)
                #expect(refusal == insufficientPrivilege, "\(statement)")
            }
        }
    }

    @Test("Reconciliation reads every row of every table but the keys")
    func reconciliationReadsAll() async throws {
        try await TestDatabase.with(.migrated) { database in
            let rows = try await database.pool().query(
                """
                SELECT relname::text FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                    AND NOT relispartition AND relname <> 'api_key'
                    AND (NOT has_table_privilege('reconciliation', oid, 'SELECT')
                        OR relrowsecurity AND NOT EXISTS (
                            SELECT FROM pg_policy
                            WHERE polrelid = pg_class.oid
                                AND 'reconciliation'::regrole = ANY (polroles)
                                AND pg_get_expr(polqual, polrelid) = 'true'))
                """
            )
            #expect(try rows.map { try $0.decode(String.self, at: 0) } == [])
        }
    }

    @Test("Who logs in as a service cannot hold a transaction open for long")
    func limits() async throws {
        try await TestDatabase.with(.empty) { database in
            // Limits belong to the database that was migrated and are not copied with it.
            let pool = try database.pool()
            _ = try await Migrator(pool, migrations: try Migration.all()).run()
            let rows = try await pool.query(
                """
                SELECT rolname || ': ' || array_to_string(setconfig, ', ')
                FROM pg_db_role_setting JOIN pg_roles ON pg_roles.oid = setrole
                JOIN pg_database ON pg_database.oid = setdatabase
                WHERE datname = current_database()
                ORDER BY rolname
                """
            )
            let limited = try rows.map { try $0.decode(String.self, at: 0) }
            #expect(
                limited
                    == [
                        ("gateway", 30), ("orchestrator", 30), ("payout", 60), ("settlement", 60),
                        ("webhook", 30),
                    ]
                    .map { role, seconds in
                        "\(role): statement_timeout=\(seconds)s, "
                            + "idle_in_transaction_session_timeout=\(seconds)s"
                    }
            )
        }
    }

    @Test("What belongs to another merchant is not there, even without a predicate")
    func rowsOfOthers() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            try await attempts.carryOut(
                appendedEvent(version: 1) + postedJournal
                    + """
                    INSERT INTO payment (merchant_id, id, created_at, version, state, lifecycle,
                        currency, amount_minor, authorized_minor, captured_minor, refunded_minor,
                        document)
                    VALUES ('acct_1', 'pi_1', now(), 1, 'created', '{created}', 'inr', 5, 0, 0, 0, '{}');
                    INSERT INTO charge VALUES ('acct_1', 'ch_1', 'pi_1', now());
                    INSERT INTO refund VALUES ('acct_1', 're_1', 'pi_1', 'ch_1', now());
                    INSERT INTO payment_method VALUES ('acct_1', 'pm_1', now(), 1, '{}');
                    INSERT INTO card_token VALUES ('acct_1', 'tok_1', now(), 1, false, '{}');
                    INSERT INTO merchant VALUES ('acct_1', now(), 1, false, '{}');
                    """
            )
            let gateway = try database.pool(role: "gateway")
            for table in [
                "event", "journal", "entry", "account_balance", "payment", "charge", "refund",
                "payment_method", "card_token", "merchant",
            ] {
                for (merchant, isVisible) in [("acct_1", true), ("acct_2", false), ("", false)] {
                    let rows = try await gateway.pipeline([
                        "SELECT set_config('app.merchant', \(merchant), true)",
                        "SELECT 1 FROM \(identifier: table)",
                    ])
                    #expect(rows[1].isEmpty != isVisible, "\(table) as \(merchant)")
                }
                // The scope does not outlive its round trip.
                let after = try await gateway.query("SELECT 1 FROM \(identifier: table)")
                #expect(after.isEmpty, "\(table) without a scope")
            }
        }
    }
}
