import Logging
import ServiceKit
import ServiceLifecycle

/// Brings the database up to date, and then lets the services start.
struct MigrationStep: Service {
    let databaseURL: String
    let gate: StartGate
    let board: StackBoard
    let logger: Logger

    func run() async throws {
        board.change { $0.reason = "migrating the database" }
        do {
            let summary = try await cancelWhenGracefulShutdown {
                try await Self.waitAndMigrate(DatabaseAccess(url: databaseURL), logger: logger)
            }
            logger.info("migrated", metadata: ["outcome": "\(summary)"])
        } catch  where Task.isShuttingDownGracefully || Task.isCancelled {
            return
        } catch {
            board.change { state in
                state.phase = .failed
                state.reason = "the database could not be migrated: \(error)"
            }
            throw error
        }
        board.change { state in
            state.phase = .running
            state.reason = nil
        }
        gate.open()
        try? await gracefulShutdown()
        board.change { $0.phase = .stopping }
    }

    /// A server that is starting or away is waited for; anything else is not mended by waiting.
    static func waitAndMigrate(_ database: DatabaseAccess, logger: Logger?) async throws -> String {
        var backoff = Backoff(initialMilliseconds: 50, maximumMilliseconds: 1_000)
        while true {
            do {
                return try await DatabaseTasks.migrate(database)
            } catch let error as DatabaseAway {
                logger?.info("waiting for the database", metadata: ["reason": "\(error)"])
                try await Task.sleep(for: backoff.next())
            }
        }
    }
}
