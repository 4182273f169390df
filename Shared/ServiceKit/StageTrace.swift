/// The stages of a request on its way through the processes, in order.
public enum Stage: String, Sendable, CaseIterable {
    /// Its head is read; where the way begins.
    case received
    /// Its command is stored.
    case submitted
    /// An orchestrator has the command, and loaded what it is about.
    case claimed
    /// The message to the network is decided and handed over.
    case sent
    /// The network's answer is there.
    case answered
    /// The outcome is stored.
    case written
    /// The gateway has the stored reply.
    case replied
}

/// Measures what each stage takes, in the histogram `stage_seconds`; off unless asked for.
///
/// A stage's time runs from the stage before it in the same process. Only `claimed` crosses
/// processes: it runs from the moment at which the database stored the command.
public struct StageTrace: Sendable {
    private let durations: DurationHistogram?

    /// A trace that measures, or one that does nothing.
    public init(_ metrics: Metrics, isOn: Bool) {
        durations =
            isOn
            ? metrics.durations(
                "stage_seconds",
                help: "time that requests took from one stage to the next",
                labels: ["stage"]
            ) : nil
    }

    /// A trace that does nothing.
    public static let off = StageTrace(Metrics(), isOn: false)

    /// A stopwatch for one request, which starts now.
    public func start() -> StageClock { StageClock(durations) }
}

/// One request's stopwatch; without a histogram it never looks at the time.
public struct StageClock: Sendable {
    private let durations: DurationHistogram?
    private var last: ContinuousClock.Instant?

    init(_ durations: DurationHistogram?) {
        self.durations = durations
        last = durations.map { _ in .now }
    }

    /// Notes that a stage is reached, and starts the next one's time.
    public mutating func reached(_ stage: Stage) {
        guard let last else { return }
        let now = ContinuousClock.now
        durations?.record(now - last, stage.rawValue)
        self.last = now
    }

    /// Notes a stage whose time began elsewhere, and starts the next one's.
    public mutating func reached(_ stage: Stage, after duration: @autoclosure () -> Duration) {
        guard last != nil else { return }
        durations?.record(duration(), stage.rawValue)
        last = .now
    }
}
