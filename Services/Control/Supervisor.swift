import Foundation
import Glibc
import Logging
import ServiceKit
import ServiceLifecycle

/// Runs a stack: the private cluster, the migrations, the services, and the sandbox.
///
/// Its own settings come from the file that `up` wrote; what it knows is in the state file.
enum Supervisor {
    /// Each service's own bound, and a checkpoint's time for the database.
    private static let shutdownTimeoutSeconds = 150

    static func run(_ layout: StackLayout) async throws -> ServiceProcess.Outcome {
        guard let lock = StackLock(layout) else {
            throw ControlError("a supervisor runs already in \(layout.state)")
        }
        guard let settings = StackSettings.load(from: layout) else {
            throw ControlError("\(layout.settingsFile) is missing; use: control up")
        }
        let board = StackBoard(
            StackState(
                supervisor: ProcessIdentity(processID: getpid()),
                ports: settings.ports,
                members: []
            ),
            path: layout.stateFile
        )
        let reader = SettingsReader(
            arguments: [],
            environment: [
                "STATE": layout.state,
                "ADMIN_PORT": String(settings.ports.supervisorAdmin),
                "LOG_LEVEL": settings.logLevel,
                "SHUTDOWN_TIMEOUT_SECONDS": String(shutdownTimeoutSeconds),
            ]
        )
        let outcome = await ServiceProcess.run(
            "supervisor",
            summary: "runs a stack",
            reader: reader,
            settings: { _ in },
            services: { _, context in
                do {
                    return try await services(layout, settings, board, context)
                } catch {
                    board.change { state in
                        state.phase = .failed
                        state.reason = "\(error)"
                    }
                    throw error
                }
            }
        )
        board.change { state in
            if state.phase != .failed { state.phase = .stopped }
        }
        lock.release()
        return outcome
    }

    private static func services(
        _ layout: StackLayout,
        _ settings: StackSettings,
        _ board: StackBoard,
        _ context: ServiceContext
    ) async throws -> [any Service] {
        var cluster: PostgresCluster?
        if settings.databaseURL == nil {
            let chosen = try await PostgresPlace.cluster(for: layout)
            board.change { $0.reason = "preparing the database" }
            try await chosen.stopLeftover()
            try await chosen.prepare()
            cluster = chosen
        }
        guard let databaseURL = settings.databaseURL ?? cluster?.databaseURL else {
            throw ControlError("there is no database")
        }
        let catalog = ServiceCatalog(
            layout: layout,
            settings: settings,
            databaseURL: databaseURL
        )
        try PrivateFile.write(Data((databaseURL + "\n").utf8), to: layout.databaseURLFile)
        board.change { state in
            state.members =
                (cluster == nil ? [] : [StackState.Member(name: "postgres")])
                + catalog.entries.map { StackState.Member(name: $0.name, adminPort: $0.adminPort) }
        }
        let wiring = Wiring(layout: layout, board: board, context: context)
        let gate = StartGate()
        var all: [any Service] = [LogRotation(folder: layout.logs, logger: context.logger)]
        if let cluster { all.append(wiring.keeper(of: cluster)) }
        all.append(
            MigrationStep(
                databaseURL: databaseURL,
                gate: gate,
                board: board,
                logger: context.logger
            )
        )
        all += catalog.entries.map { wiring.keeper(of: $0, gate: gate) }
        return all
    }
}

/// Makes the keepers.
private struct Wiring {
    let layout: StackLayout
    let board: StackBoard
    let context: ServiceContext

    private var restarts: Counter {
        context.metrics.counter(
            "supervisor_restarts_total",
            help: "Processes started again after they ended by themselves.",
            labels: ["process"]
        )
    }

    func keeper(of cluster: PostgresCluster) -> ProcessKeeper {
        ProcessKeeper(
            name: "postgres",
            command: cluster.server,
            // Fast shutdown: open transactions are rolled back, nothing waits for clients.
            stopSignal: SIGINT,
            stopSeconds: 60,
            board: board,
            runFolder: context.runFolder,
            restarts: restarts,
            logger: context.logger
        )
    }

    func keeper(of entry: CatalogEntry, gate: StartGate) -> ProcessKeeper {
        ProcessKeeper(
            name: entry.name,
            command: ChildCommand(
                executable: entry.executable,
                arguments: [],
                environment:
                    inherited
                    .merging(entry.environment) { $1 }
                    .merging(entry.overrides(in: ProcessInfo.processInfo.environment)) { $1 },
                logFile: layout.log(of: entry.name)
            ),
            gate: gate,
            board: board,
            runFolder: context.runFolder,
            restarts: restarts,
            logger: context.logger
        )
    }

    /// Of the supervisor's own environment a service gets only what finding things needs.
    private var inherited: [String: String] {
        let names: Set = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH"]
        var environment = ProcessInfo.processInfo.environment.filter { names.contains($0.key) }
        // A backtrace shows what registers and their neighbourhood held: card numbers, perhaps.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        return environment
    }
}
