import Money

/// When a command that owes the network something is gone on with.
struct RetrySchedule: Sendable {
    let initialMilliseconds: Int
    let maximumMilliseconds: Int

    /// The next time: twice as long after each claim, up to the maximum, of which chance decides
    /// the last quarter so that many do not come back together.
    func next(
        after now: Timestamp,
        claims: Int32,
        using generator: inout some RandomNumberGenerator
    ) -> Timestamp {
        let doublings = min(max(Int(claims) - 1, 0), 20)
        let full = min(initialMilliseconds << doublings, maximumMilliseconds)
        let wait = Int.random(in: (full * 3 / 4)...full, using: &generator)
        return now.adding(milliseconds: Int64(wait))
    }

    /// The next time, with the system's randomness.
    func next(after now: Timestamp, claims: Int32) -> Timestamp {
        var generator = SystemRandomNumberGenerator()
        return next(after: now, claims: claims, using: &generator)
    }
}
