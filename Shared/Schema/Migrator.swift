public import Postgres

/// Brings a database up to date: forward only, one transaction a step, one migrator at a time.
///
/// A step that fails leaves nothing of itself behind; the next run begins with it. What was applied
/// once is never applied again, and a file that changed since is refused before anything is done.
public struct Migrator: Sendable {
    /// What a run did.
    public struct Summary: Sendable, Equatable {
        /// The names of the steps applied now, in order.
        public let applied: [String]
        /// The steps that the database has after the run.
        public let total: Int
        /// The store's epoch.
        public let epoch: Int32
    }

    private let pool: PostgresPool
    private let migrations: [Migration]

    /// Migrates through a pool of the database's owner.
    public init(_ pool: PostgresPool, migrations: [Migration]) {
        self.pool = pool
        self.migrations = migrations
    }

    /// Applies what is missing and raises the epoch where the cluster is a new one.
    ///
    /// Another migrator that runs at this moment is waited for.
    public func run(progress: (String) -> Void = { _ in }) async throws -> Summary {
        try await pool.withConnection { connection in
            try await connection.execute("SELECT pg_advisory_lock(\(Self.lock))")
            do {
                let summary = try await migrate(connection, progress)
                try await connection.execute("SELECT pg_advisory_unlock(\(Self.lock))")
                return summary
            } catch {
                // The lock goes with the session too; the first error is the one that matters.
                _ = try? await connection.execute("SELECT pg_advisory_unlock(\(Self.lock))")
                throw error
            }
        }
    }

    /// Any number that nothing else locks.
    private static let lock: Int64 = 7_238_502_117

    private func migrate(
        _ connection: PostgresConnection,
        _ progress: (String) -> Void
    ) async throws -> Summary {
        try await connection.execute(AppliedMigrations.table)
        let missing = try await AppliedMigrations(connection).missing(of: migrations)
        for migration in missing {
            progress(migration.name)
            try await apply(migration)
        }
        return Summary(
            applied: missing.map(\.name),
            total: migrations.count,
            epoch: try await StoreEpoch.raiseWhereNew(connection)
        )
    }

    private func apply(_ migration: Migration) async throws {
        try await pool.withTransaction { transaction in
            try await transaction.executeTrustedScript(migration.sql)
            try await transaction.execute(
                """
                INSERT INTO schema_migration (number, name, checksum)
                VALUES (\(migration.number), \(migration.name), \(migration.checksum))
                """
            )
        }
    }
}
