import ServiceKit

/// Decides how long to wait before a process that ended is started again.
struct RestartPolicy: Sendable {
    /// A process that lived this long is taken to have been healthy.
    static let healthyAfter = Duration.seconds(30)

    private var backoff = Backoff(initialMilliseconds: 100, maximumMilliseconds: 10_000)

    /// The wait after an end: short after a healthy life, growing while it fails at once.
    mutating func wait(
        afterLifetime lifetime: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        if lifetime >= Self.healthyAfter { backoff.reset() }
        return backoff.next(using: &generator)
    }
}
