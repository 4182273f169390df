import Foundation
import Glibc
import Logging
public import ServiceLifecycle

/// The life of a process: settings, logging, admin server, services, signals, end.
///
/// ```swift
/// @main
/// struct Example {
///     static func main() async {
///         let outcome = await ServiceProcess.run(
///             "example",
///             summary: "shows how a process begins",
///             settings: { reader in ExampleSettings(&reader) },
///             services: { settings, context in
///                 let database = try DatabaseService(
///                     settings.database, context: context, role: "example", check: schemaIsKnown
///                 )
///                 try await database.usable()
///                 return [database, ExampleLoop(pool: database.pool, context: context)]
///             }
///         )
///         exit(outcome.rawValue)
///     }
/// }
/// ```
public enum ServiceProcess {
    /// How a process ended, as its exit status.
    public enum Outcome: Int32, Sendable {
        /// After a shutdown that was asked for, or when only help was wanted.
        case ended = 0
        /// A service failed.
        case failed = 1
        /// The settings cannot be used (EX_CONFIG).
        case misconfigured = 78
    }

    /// Runs a process until it is asked to end, and returns its exit status.
    ///
    /// `settings` reads the process's own settings, after the common ones; all problems are listed
    /// at once. `services` does the wiring; the services start in the order given and stop in the
    /// opposite one. The admin server is there before the wiring begins and until all have stopped.
    public static func run<Settings: Sendable>(
        _ name: String,
        summary: String,
        reader: SettingsReader = .process(),
        settings: (inout SettingsReader) -> Settings,
        services: @escaping @Sendable (Settings, ServiceContext) async throws -> [any Service]
    ) async -> Outcome {
        var reader = reader
        let common = CommonSettings(&reader, process: name)
        let own = settings(&reader)
        if reader.isHelpRequested {
            report(reader.helpText(program: name, summary: summary), to: STDOUT_FILENO)
            return .ended
        }
        do {
            try ProcessHardening.disableCoreDumps()
            try reader.finish()
        } catch {
            report("\(name): \(error)\n", to: STDERR_FILENO)
            return .misconfigured
        }
        let context = makeContext(name, common)
        do {
            try await supervise(context) { try await services(own, context) }
            context.logger.info("stopped")
            return .ended
        } catch {
            context.logger.error("stopped by a failure", metadata: ["reason": "\(error)"])
            return .failed
        }
    }

    private static func makeContext(_ name: String, _ common: CommonSettings) -> ServiceContext {
        LoggingSystem.bootstrap { label in
            JSONLogHandler(label: label, service: common.instance, level: common.logLevel)
        }
        return ServiceContext(name: name, common: common, logger: Logger(label: name))
    }

    private static func supervise(
        _ context: ServiceContext,
        wiring: @escaping @Sendable () async throws -> [any Service]
    ) async throws {
        let admin = AdminServer(
            host: context.common.adminHost,
            port: context.common.adminPort,
            metrics: context.metrics,
            readiness: context.readiness,
            logger: context.logger,
            onListening: { context.publishPort($0, purpose: "admin") }
        )
        let group = ServiceGroup(
            services: [admin, WiredServices(context: context, wiring: wiring)],
            logger: context.logger
        )
        let (shutdowns, continuation) = AsyncStream.makeStream(of: Void.self)
        let signals = ShutdownSignals(
            timeoutSeconds: context.common.shutdownTimeoutSeconds,
            onFirst: { continuation.yield() }
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await _ in shutdowns {
                    context.logger.info("stopping")
                    context.readiness.stop()
                    await group.triggerGracefulShutdown()
                }
            }
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            try await tasks.waitForAll()
        }
        withExtendedLifetime(signals) {}
    }

    /// For the two moments at which there is no log yet.
    private static func report(_ text: String, to descriptor: CInt) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}

/// Does the wiring inside the group, so that `/livez` answers and signals work meanwhile.
private struct WiredServices: Service {
    let context: ServiceContext
    let wiring: @Sendable () async throws -> [any Service]

    func run() async throws {
        let wired: [any Service]
        do {
            wired = try await cancelWhenGracefulShutdown { try await wiring() }
        } catch  where Task.isShuttingDownGracefully {
            context.logger.info("stopped while starting", metadata: ["reason": "\(error)"])
            return
        }
        context.logger.info("started")
        var configuration = ServiceGroupConfiguration(services: wired, logger: context.logger)
        configuration.maximumGracefulShutdownDuration = .seconds(
            context.common.shutdownTimeoutSeconds
        )
        try await ServiceGroup(configuration: configuration).run()
    }
}
