import Foundation
import Logging
import Postgres

/// The database of a stack, as the operator reaches it.
struct DatabaseAccess: Sendable {
    /// Enough for a rebuild, which holds one connection for its lock.
    private static let connections = 4

    let url: String

    /// The database that the environment names, or else the one that the stack runs with.
    init(_ layout: StackLayout) throws(ControlError) {
        let given = ProcessInfo.processInfo.environment["DATABASE_URL"] ?? ""
        let known = try? String(contentsOfFile: layout.databaseURLFile, encoding: .utf8)
        let url = given.isEmpty ? known?.trimmingCharacters(in: .whitespacesAndNewlines) : given
        guard let url, !url.isEmpty else {
            throw ControlError("no database: start the stack, or give DATABASE_URL")
        }
        self.url = url
    }

    init(url: String) {
        self.url = url
    }

    /// Connects for as long as the closure runs: as the owner, or in a role.
    func withPool<Output>(
        role: String? = nil,
        _ body: (PostgresPool) async throws -> Output
    ) async throws -> Output {
        var configuration = try PostgresConfiguration(url: url)
        configuration.applicationName = "control"
        configuration.role = role
        let pool = PostgresPool(
            configuration: configuration,
            limits: PoolLimits(maximumConnections: Self.connections),
            logger: Logger(label: "control") { _ in SwiftLogNoOpLogHandler() }
        )
        do {
            let output = try await body(pool)
            await pool.shutDown()
            return output
        } catch {
            await pool.shutDown()
            throw error
        }
    }
}
