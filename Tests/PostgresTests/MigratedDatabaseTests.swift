import Postgres
import TestKit
import Testing

@Suite("Databases for tests", .timeLimit(.minutes(3)))
struct MigratedDatabaseTests {
    @Test("Each test has the product's schema to itself")
    func migrated() async throws {
        try await TestDatabase.with(.migrated) { first in
            try await TestDatabase.with(.migrated) { second in
                let pool = try first.pool()
                try await pool.execute("CREATE TABLE only_here (n bigint)")
                let events: String? = try await pool.value("SELECT to_regclass('event')::text")
                #expect(events == "event")
                let other: String? = try await second.pool().value(
                    "SELECT to_regclass('only_here')::text"
                )
                #expect(other == nil)
            }
        }
    }
}
