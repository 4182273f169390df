import Logging
import Postgres
import Schema

/// What the operator does to a database, and asks of it.
enum DatabaseTasks {
    /// Brings the schema up to date, and says in a sentence what was done.
    static func migrate(_ database: DatabaseAccess) async throws -> String {
        let migrations = try Migration.all()
        do {
            let summary = try await database.withPool { pool in
                try await Migrator(pool, migrations: migrations).run()
            }
            let applied =
                summary.applied.isEmpty ? "nothing" : summary.applied.joined(separator: ", ")
            return "applied \(applied); \(summary.total) migrations, epoch \(summary.epoch)"
        } catch let error as PostgresError where error.isRetryable {
            throw DatabaseAway(description: "\(error)")
        }
    }

    /// Checks that the database answers and has the schema that this version knows.
    static func examine(_ database: DatabaseAccess) async throws -> String {
        try await database.withPool(role: "control") { pool in
            try await SchemaCheck.run(pool)
        }
        return "answers, and has the schema of this version"
    }
}

/// The database cannot be reached now.
struct DatabaseAway: Error, CustomStringConvertible {
    let description: String
}
