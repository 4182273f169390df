public import Postgres

/// Asks before a service starts whether this is the schema that it was built for.
public enum SchemaCheck {
    /// Throws a ``SchemaError`` when the database lacks a migration, has one that is unknown or
    /// edited, or lives in another cluster than its newest epoch.
    public static func run(_ executor: some PostgresExecutor) async throws {
        let applied: AppliedMigrations
        do {
            applied = try await AppliedMigrations(executor)
        } catch  where error.sqlState == undefinedTable {
            throw SchemaError.older(missing: "0001")
        }
        if let missing = try applied.missing(of: try Migration.all()).first {
            throw SchemaError.older(missing: missing.name)
        }
        guard try await StoreEpoch.isCurrent(executor) else { throw SchemaError.epochOver }
    }

    private static let undefinedTable = "42P01"
}
