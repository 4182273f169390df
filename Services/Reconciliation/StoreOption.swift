import ArgumentParser
import Foundation
import Logging
import Postgres
import Schema
import ServiceKit

/// Which store is meant.
struct StoreOption: ParsableArguments {
    /// Enough for the lock, the snapshot and what is written afterwards.
    private static let connections = 4

    @Option(help: "Folder of the stack's files; the environment's STATE, or .local.")
    var state: String = ProcessInfo.processInfo.environment["STATE"] ?? ".local"

    var runFolder: RunFolder { RunFolder(state: state) }

    /// The store that the environment names, or else the one that the stack runs with.
    func configuration(role: String?) throws -> PostgresConfiguration {
        let given = ProcessInfo.processInfo.environment["DATABASE_URL"] ?? ""
        guard let url = given.isEmpty ? runFolder.read("database.url") : given else {
            throw Ended(.unreadable, "no database: start the stack, or give DATABASE_URL")
        }
        do {
            var configuration = try PostgresConfiguration(url: url)
            configuration.role = role
            configuration.applicationName = "reconciliation"
            return configuration
        } catch {
            throw Ended(.usage, error.message)
        }
    }

    /// Connects in the role of reconciliation for as long as the closure runs.
    func withPool<Output>(
        _ body: (PostgresPool) async throws -> Output
    ) async throws -> Output {
        let pool = PostgresPool(
            configuration: try configuration(role: "reconciliation"),
            limits: PoolLimits(maximumConnections: Self.connections),
            logger: Logger(label: "reconciliation") { _ in SwiftLogNoOpLogHandler() }
        )
        do {
            try await checkSchema(pool)
            let output = try await body(pool)
            await pool.shutDown()
            return output
        } catch {
            await pool.shutDown()
            throw error
        }
    }

    private func checkSchema(_ pool: PostgresPool) async throws {
        do {
            try await SchemaCheck.run(pool)
        } catch let error as SchemaError {
            throw Ended(.unreadable, "\(error)")
        }
    }
}
