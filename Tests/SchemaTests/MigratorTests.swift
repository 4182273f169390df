import Postgres
import Schema
import TestKit
import Testing

@Suite("Migrations", .timeLimit(.minutes(3)))
struct MigratorTests {
    private let first = Migration(number: 1, name: "0001_first", sql: base)
    private let second = Migration(number: 2, name: "0002_second", sql: "CREATE TABLE b ()")

    /// The least that the migrator itself needs.
    private static let base = """
        CREATE TABLE a ();
        CREATE TABLE store_epoch (epoch integer, system_identifier bigint, since timestamptz);
        INSERT INTO store_epoch SELECT 1, system_identifier, now() FROM pg_control_system();
        """

    @Test("Each is applied once, in order, and a second run has nothing to do")
    func once() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try database.pool()
            var progress: [String] = []
            let done = try await Migrator(pool, migrations: [first, second]).run {
                progress.append($0)
            }
            #expect(done.applied == ["0001_first", "0002_second"])
            #expect(progress == done.applied)
            let again = try await Migrator(pool, migrations: [first, second]).run()
            #expect(again.applied.isEmpty)
            #expect(again.epoch == 1)
        }
    }

    @Test("Two migrators at once share the work")
    func twoAtOnce() async throws {
        try await TestDatabase.with(.empty) { database in
            let migrations = [first, second]
            async let one = Migrator(try database.pool(), migrations: migrations).run()
            async let other = Migrator(try database.pool(), migrations: migrations).run()
            let applied = try await one.applied + other.applied
            #expect(applied.sorted() == ["0001_first", "0002_second"])
        }
    }

    @Test("An edited, an unknown and a missing migration are refused")
    func refused() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try database.pool()
            _ = try await Migrator(pool, migrations: [first, second]).run()
            let edited = Migration(number: 2, name: "0002_second", sql: "CREATE TABLE c ()")
            await #expect(throws: SchemaError.edited("0002_second")) {
                try await Migrator(pool, migrations: [first, edited]).run()
            }
            await #expect(throws: SchemaError.newer("0002_second")) {
                try await Migrator(pool, migrations: [first]).run()
            }
            await #expect(throws: SchemaError.self) { try await SchemaCheck.run(pool) }
        }
    }

    @Test("A step that fails leaves nothing of itself behind")
    func failing() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try database.pool()
            let broken = Migration(
                number: 2,
                name: "0002_broken",
                sql: "CREATE TABLE half (); SELECT 1 / 0"
            )
            await #expect(throws: PostgresError.self) {
                try await Migrator(pool, migrations: [first, broken]).run()
            }
            let half: String? = try await pool.value("SELECT to_regclass('half')::text")
            #expect(half == nil)
            let done = try await Migrator(pool, migrations: [first, second]).run()
            #expect(done.applied == ["0002_second"])
        }
    }

    @Test("In a new cluster services refuse to start until the migrator has begun a new epoch")
    func epoch() async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            try await SchemaCheck.run(pool)
            try await pool.execute(
                "UPDATE store_epoch SET system_identifier = system_identifier + 1"
            )
            await #expect(throws: SchemaError.epochOver) { try await SchemaCheck.run(pool) }
            let done = try await Migrator(pool, migrations: try Migration.all()).run()
            #expect(done.epoch == 2)
            try await SchemaCheck.run(try database.pool(role: "gateway"))
            try await Attempts(database: database).carryOut(appendedEvent(version: 1))
            let epoch: Int32? = try await pool.value("SELECT epoch FROM event")
            #expect(epoch == 2)
        }
    }
}
