/// Waiting times that grow between attempts, with jitter so that processes do not come in step.
public struct Backoff: Sendable, Equatable {
    /// The upper bound of the first wait.
    public let initialMilliseconds: Int

    /// The upper bound of every wait.
    public let maximumMilliseconds: Int

    private var attempts = 0

    /// Doubles from the initial to the maximum wait.
    public init(initialMilliseconds: Int = 100, maximumMilliseconds: Int = 5_000) {
        precondition(initialMilliseconds > 0, "a wait of nothing would be a busy loop")
        precondition(maximumMilliseconds >= initialMilliseconds, "the waits would shrink")
        self.initialMilliseconds = initialMilliseconds
        self.maximumMilliseconds = maximumMilliseconds
    }

    /// The next wait: between half of the bound and the bound.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let doublings = min(attempts, 20)
        let bound = min(maximumMilliseconds, initialMilliseconds << doublings)
        attempts += 1
        return .milliseconds(Int.random(in: max(1, bound / 2)...bound, using: &generator))
    }

    /// The next wait, with the system's randomness.
    public mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    /// Begins again after a success.
    public mutating func reset() {
        attempts = 0
    }
}
