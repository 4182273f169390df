public import Money

/// How long to wait before each attempt of a delivery.
public struct RetrySchedule: Sendable, Equatable {
    /// The usual waits: 0, 5 s, 30 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
    public static let usualSeconds: [Int64] = [
        0, 5, 30, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]
    /// The most attempts that an endpoint may ask for.
    public static let maximumAttempts = 20
    /// The longest wait, also for `Retry-After`.
    public static let maximumSeconds: Int64 = 86_400
    /// How far a wait is moved at most, in percent, so that many do not come back at one moment.
    public static let jitterPercent: Int64 = 20

    /// The wait before each attempt, counted from the end of the one before it.
    public let seconds: [Int64]

    /// The usual schedule, or an endpoint's own.
    public init(_ own: [Int64]? = nil) {
        seconds = own ?? Self.usualSeconds
    }

    /// When the attempt of a step is due; nil when the schedule has no such step.
    public func due(
        step: Int,
        after now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> Timestamp? {
        guard seconds.indices.contains(step) else { return nil }
        let milliseconds = seconds[step] * 1_000
        let span = milliseconds * Self.jitterPercent / 100
        guard span > 0 else { return now.adding(milliseconds: milliseconds) }
        let jitter = Int64.random(in: -span...span, using: &generator)
        return now.adding(milliseconds: milliseconds + jitter)
    }
}
