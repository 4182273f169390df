public import Money
import Synchronization

/// A clock that stands still until a test moves it.
///
/// Whoever sleeps on it wakes when the test has moved it far enough; ``sleepers(atLeast:)`` lets a
/// test wait until somebody sleeps, so that nothing depends on real time.
public final class ManualClock: Clock, Sendable {
    /// A moment of the clock.
    public struct Instant: InstantProtocol {
        /// The moment as the rules know it.
        public let timestamp: Timestamp

        /// Names a moment.
        public init(_ timestamp: Timestamp) { self.timestamp = timestamp }

        /// The moment that much later.
        public func advanced(by duration: Duration) -> Instant {
            Instant(timestamp.adding(microseconds: duration.wholeMicroseconds))
        }

        /// How long it is until another moment.
        public func duration(to other: Instant) -> Duration {
            .microseconds(other.timestamp.microseconds(since: timestamp))
        }

        /// Whether one moment is before another.
        public static func < (left: Instant, right: Instant) -> Bool {
            left.timestamp < right.timestamp
        }
    }

    private let state: Mutex<State>

    /// Starts a clock that shows a moment; by default the morning of 2026-01-01 in UTC.
    public init(at start: Timestamp = Timestamp(secondsSinceEpoch: 1_767_258_000)) {
        state = Mutex(State(now: Instant(start)))
    }

    /// What the clock shows.
    public var now: Instant { state.withLock { $0.now } }

    /// What the clock shows, as the rules know it.
    public var timestamp: Timestamp { now.timestamp }

    /// One microsecond.
    public var minimumResolution: Duration { .microseconds(1) }

    /// Moves the clock forward and wakes whoever sleeps until then.
    public func advance(by duration: Duration) {
        let woken = state.withLock { $0.advance(by: duration) }
        for continuation in woken { continuation.resume() }
    }

    /// Waits until at least so many sleep on the clock.
    public func sleepers(atLeast count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sleepers.count >= count { return true }
                state.observers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Sleeps until the test has moved the clock to the deadline.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = state.withLock { $0.takeID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let step = state.withLock { $0.sleep(id, until: deadline, continuation) }
                for observer in step.observers { observer.resume() }
                switch step.end {
                case .sleeping: break
                case .due: continuation.resume()
                case .canceled: continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            state.withLock { $0.cancel(id) }?.resume(throwing: CancellationError())
        }
    }
}

/// Who sleeps until when, and who waits for sleepers.
private struct State {
    typealias Continuation = CheckedContinuation<Void, any Error>
    typealias Observer = CheckedContinuation<Void, Never>

    enum End { case sleeping, due, canceled }

    var now: ManualClock.Instant
    var sleepers: [Int: (deadline: ManualClock.Instant, continuation: Continuation)] = [:]
    var observers: [(count: Int, continuation: Observer)] = []
    private var canceled: Set<Int> = []
    private var lastID = 0

    init(now: ManualClock.Instant) { self.now = now }

    mutating func takeID() -> Int {
        lastID += 1
        return lastID
    }

    mutating func sleep(
        _ id: Int,
        until deadline: ManualClock.Instant,
        _ continuation: Continuation
    ) -> (end: End, observers: [Observer]) {
        if canceled.remove(id) != nil { return (.canceled, []) }
        if deadline <= now { return (.due, []) }
        sleepers[id] = (deadline, continuation)
        let satisfied = observers.filter { $0.count <= sleepers.count }
        observers.removeAll { $0.count <= sleepers.count }
        return (.sleeping, satisfied.map(\.continuation))
    }

    mutating func cancel(_ id: Int) -> Continuation? {
        guard let sleeper = sleepers.removeValue(forKey: id) else {
            // The task was canceled before it slept, or after it woke; ids are never used again.
            canceled.insert(id)
            return nil
        }
        return sleeper.continuation
    }

    mutating func advance(by duration: Duration) -> [Continuation] {
        now = now.advanced(by: duration)
        let due = sleepers.filter { $0.value.deadline <= now }
            .sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
        for sleeper in due { sleepers.removeValue(forKey: sleeper.key) }
        return due.map(\.value.continuation)
    }
}

extension Duration {
    /// The duration in microseconds, rounded towards zero.
    fileprivate var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
