/// When requests are meant to start, at a fixed rate from a first moment on.
///
/// The moments do not depend on answers: a request that finds no free connection starts late, and
/// its latency counts from when it was meant to start, so that waiting is not hidden.
struct Arrivals: Sendable, Equatable {
    /// Nanoseconds of the monotonic clock.
    let start: UInt64
    let perSecond: Double
    /// How many there are.
    let count: Int
    private(set) var taken = 0

    init(start: UInt64, perSecond: Double, seconds: Double) {
        precondition(perSecond > 0 && seconds > 0, "arrivals have a rate and an end")
        self.start = start
        self.perSecond = perSecond
        count = Int((perSecond * seconds).rounded(.up))
    }

    /// When the next one is meant to start; nothing after the last.
    var next: UInt64? {
        guard taken < count else { return nil }
        return start + UInt64((Double(taken) * 1e9 / perSecond).rounded())
    }

    /// Takes the next one if its moment has come.
    mutating func take(at now: UInt64) -> UInt64? {
        guard let moment = next, moment <= now else { return nil }
        taken += 1
        return moment
    }
}
