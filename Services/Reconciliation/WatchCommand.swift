import ArgumentParser
import Foundation
import Schema
import ServiceKit

/// `reconciliation watch`: the service that a stack runs; also what the program does without arguments.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Run on and on: check what is new, seal what is settled, check all now and then.",
        discussion: "Settings come from the environment; reconciliation watch -- --help lists them."
    )

    @Argument(parsing: .postTerminator, help: "Settings as flags.")
    var settings: [String] = []

    func run() async throws {
        let outcome = await ServiceProcess.run(
            "reconciliation",
            summary: "checks the books against events, projections and the network, and seals them",
            reader: SettingsReader(
                arguments: settings,
                environment: ProcessInfo.processInfo.environment
            ),
            settings: { reader in WatchSettings(&reader) },
            services: { settings, context in
                let database = try DatabaseService(
                    settings.database,
                    context: context,
                    role: "reconciliation",
                    check: { try await SchemaCheck.run($0) }
                )
                try await database.usable()
                let watch = WatchService(
                    pool: database.pool,
                    settings: settings,
                    clock: { SystemClock.now() },
                    metrics: context.metrics,
                    runFolder: context.runFolder,
                    logger: context.logger
                )
                return [database, watch]
            }
        )
        switch outcome {
        case .ended: return
        case .failed: throw Ended(.internalError)
        case .misconfigured: throw Ended(.usage)
        }
    }
}

/// The watch's own settings.
struct WatchSettings: Sendable {
    let database: DatabaseSettings
    /// How often what is new is checked.
    let intervalSeconds: Int
    /// How often everything is checked.
    let fullIntervalSeconds: Int
    /// Where the network's own record is.
    let network: String?

    init(_ reader: inout SettingsReader) {
        database = DatabaseSettings(&reader, connections: 4)
        intervalSeconds = reader.integer(
            "interval.seconds",
            default: 60,
            in: 1...86_400,
            help: "how often what is new is checked"
        )
        fullIntervalSeconds = reader.integer(
            "full.interval.seconds",
            default: 6 * 60 * 60,
            in: 1...2_592_000,
            help: "how often everything is checked"
        )
        network = reader.optionalString(
            "network.record",
            help: "the network's own record, compared in full runs: a file, a URL, or sandbox"
        )
    }
}
