import Foundation
public import Logging

/// The settings that every process of the system has.
public struct CommonSettings: Sendable {
    /// Where the stack keeps its files: `STATE`.
    public let state: String

    /// This process among others of its kind: `INSTANCE`.
    public let instance: String

    /// The lowest level logged: `LOG_LEVEL`.
    public let logLevel: Logger.Level

    /// The address of the admin server: `ADMIN_HOST`.
    public let adminHost: String

    /// The port of the admin server, 0 for any: `ADMIN_PORT`.
    public let adminPort: Int

    /// How long a graceful shutdown may take: `SHUTDOWN_TIMEOUT_SECONDS`.
    public let shutdownTimeoutSeconds: Int

    /// Whether the stages of each request are measured: `STAGE_TRACE`.
    public let tracesStages: Bool

    /// Reads them.
    public init(_ reader: inout SettingsReader, process: String) {
        state = reader.string("state", default: ".local", help: "folder for the stack's files")
        instance = reader.string(
            "instance",
            default: process,
            help: "name of this process among others of its kind; names its files in STATE/run"
        )
        logLevel = reader.choice("log.level", default: .info, help: "lowest level logged")
        adminHost = reader.string(
            "admin.host",
            default: "127.0.0.1",
            help: "address of /livez, /readyz and /metrics"
        )
        adminPort = reader.integer(
            "admin.port",
            default: 0,
            in: 0...65_535,
            help: "port of /livez, /readyz and /metrics; 0 lets the kernel choose"
        )
        shutdownTimeoutSeconds = reader.integer(
            "shutdown.timeout.seconds",
            default: 20,
            in: 1...600,
            help: "how long a graceful shutdown may take"
        )
        tracesStages = reader.boolean(
            "stage.trace",
            default: false,
            help: "measure each stage of a request in the histogram stage_seconds"
        )
    }
}
