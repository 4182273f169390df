public import Logging

/// What ``ServiceProcess`` hands to a process's wiring.
public struct ServiceContext: Sendable {
    /// The process's name, such as `gateway`.
    public let name: String

    /// The settings that every process has.
    public let common: CommonSettings

    /// Writes JSON lines, redacted.
    public let logger: Logger

    /// Shown at `/metrics`.
    public let metrics: Metrics

    /// Shown at `/readyz`.
    public let readiness: Readiness

    /// Measures the stages of requests, if that was asked for.
    public let stages: StageTrace

    /// Where ports are published.
    public let runFolder: RunFolder

    /// A context of its own for tests: nothing is published, logs go where the logger says.
    public init(
        name: String,
        common: CommonSettings,
        logger: Logger,
        metrics: Metrics = Metrics(),
        readiness: Readiness = Readiness()
    ) {
        self.name = name
        self.common = common
        self.logger = logger
        self.metrics = metrics
        self.readiness = readiness
        stages = StageTrace(metrics, isOn: common.tracesStages)
        runFolder = RunFolder(state: common.state)
    }

    /// Publishes a port under `<instance>.<purpose>.port` in the run folder and logs it.
    public func publishPort(_ port: Int, purpose: String) {
        do {
            try runFolder.publish("\(common.instance).\(purpose).port", String(port))
            logger.info("listening", metadata: ["purpose": "\(purpose)", "port": "\(port)"])
        } catch {
            logger.error("a port could not be published", metadata: ["reason": "\(error)"])
        }
    }
}
