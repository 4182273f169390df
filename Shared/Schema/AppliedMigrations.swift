import Postgres

/// What the database says about the migrations it has.
struct AppliedMigrations: Sendable {
    private let checksums: [(number: Int32, name: String, checksum: String)]

    /// Made before the first migration, so that it can be asked.
    static let table: Query = """
        CREATE TABLE IF NOT EXISTS schema_migration (
            number integer NOT NULL,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT schema_migration_pkey PRIMARY KEY (number)
        )
        """

    init(_ executor: some PostgresExecutor) async throws(PostgresError) {
        let rows = try await executor.query(
            "SELECT number, name, checksum FROM schema_migration ORDER BY number"
        )
        var checksums: [(number: Int32, name: String, checksum: String)] = []
        for row in rows {
            let (number, name, checksum) = try row.decode((Int32, String, String).self)
            checksums.append((number, name, checksum))
        }
        self.checksums = checksums
    }

    /// The known migrations that the database lacks, once all it has are found unchanged.
    func missing(of known: [Migration]) throws(SchemaError) -> [Migration] {
        for applied in checksums {
            guard let migration = known.first(where: { $0.number == applied.number }) else {
                throw .newer(applied.name)
            }
            guard migration.checksum == applied.checksum else { throw .edited(applied.name) }
        }
        let highest = checksums.last?.number ?? 0
        return known.filter { $0.number > highest }
    }
}
