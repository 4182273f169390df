import Money

/// Stops sending to an endpoint that fails most of the time, and tries it now and then.
///
/// It opens when 70 % of the attempts of five minutes have failed, of at least ten. After a wait
/// one attempt goes out, with the oldest event that is not delivered; if that fails too, the wait
/// doubles, up to ten minutes.
public struct CircuitBreaker: Sendable, Equatable {
    static let windowSeconds: Int64 = 300
    static let slotSeconds: Int64 = 30
    static let minimumAttempts: Int64 = 10
    static let failurePercent: Int64 = 70
    static let firstWaitSeconds: Int64 = 30
    static let longestWaitSeconds: Int64 = 600

    /// Attempts that ended within one part of the window.
    struct Slot: Sendable, Equatable {
        let number: Int64
        var succeeded: Int64
        var failed: Int64
    }

    /// The parts of the window that saw attempts, oldest first.
    private(set) var slots: [Slot]
    /// When the next attempt may go out, while it is open.
    private(set) var openUntil: Timestamp?
    /// How long the last wait was.
    private(set) var waitSeconds: Int64

    init(slots: [Slot] = [], openUntil: Timestamp? = nil, waitSeconds: Int64 = 0) {
        self.slots = slots
        self.openUntil = openUntil
        self.waitSeconds = waitSeconds
    }

    /// Whether it holds deliveries back.
    public var isOpen: Bool { openUntil != nil }

    /// Takes note of an attempt's end.
    mutating func record(succeeded: Bool, isProbe: Bool, at now: Timestamp) {
        if isOpen {
            if succeeded {
                self = CircuitBreaker()
            } else if isProbe {
                open(waitSeconds: min(waitSeconds * 2, Self.longestWaitSeconds), at: now)
            }
            return
        }
        let number = now.secondsSinceEpoch / Self.slotSeconds
        let oldest = number - Self.windowSeconds / Self.slotSeconds
        slots.removeAll { $0.number <= oldest }
        if slots.last?.number != number {
            slots.append(Slot(number: number, succeeded: 0, failed: 0))
        }
        let last = slots.count - 1
        if succeeded { slots[last].succeeded += 1 } else { slots[last].failed += 1 }
        let failed = slots.reduce(0) { $0 + $1.failed }
        let all = slots.reduce(0) { $0 + $1.failed + $1.succeeded }
        if all >= Self.minimumAttempts, failed * 100 >= all * Self.failurePercent {
            open(waitSeconds: Self.firstWaitSeconds, at: now)
        }
    }

    /// How many attempts a second have ended of late, at least 1.
    func recentPerSecond(at now: Timestamp) -> Int64 {
        let number = now.secondsSinceEpoch / Self.slotSeconds
        let recent = slots.filter { $0.number >= number - 1 }
        let count = recent.reduce(0) { $0 + $1.failed + $1.succeeded }
        let elapsed =
            now.secondsSinceEpoch % Self.slotSeconds
            + (recent.contains { $0.number == number - 1 } ? Self.slotSeconds : 0)
        return max(1, count / max(1, elapsed))
    }

    private mutating func open(waitSeconds: Int64, at now: Timestamp) {
        slots = []
        self.waitSeconds = waitSeconds
        openUntil = now.adding(seconds: waitSeconds)
    }
}
