import CommandQueue
import Synchronization

/// The leases that this process holds, and until when each allows it to send.
///
/// Time is the process's own, counted from before the database was asked: the database's lease ends
/// no earlier. A lease that cannot be renewed stops its holder from sending a margin before anybody
/// else may take the work.
final class LeaseTable: Sendable {
    /// How long before its end a lease no longer allows to send: a message must be on its way, not
    /// in a queue of ours, when somebody else begins.
    static let marginSeconds = 2

    private struct Held {
        let token: Int64
        var end: ContinuousClock.Instant
    }

    private let leaseSeconds: Int
    private let state = Mutex<[Int64: Held]>([:])

    init(leaseSeconds: Int) {
        self.leaseSeconds = leaseSeconds
    }

    /// How many leases are held; the measure of the work in flight.
    var count: Int { state.withLock { $0.count } }

    /// Every lease that is held.
    var all: [Lease] {
        state.withLock { $0.map { Lease(commandID: $0.key, token: $0.value.token) } }
    }

    /// Adds leases that were asked for at a moment.
    func add(_ leases: [Lease], askedAt: ContinuousClock.Instant) {
        let end = askedAt + .seconds(leaseSeconds)
        state.withLock { state in
            for lease in leases { state[lease.commandID] = Held(token: lease.token, end: end) }
        }
    }

    /// Forgets a lease whose work has ended.
    func remove(_ lease: Lease) {
        state.withLock { state in
            if state[lease.commandID]?.token == lease.token { state[lease.commandID] = nil }
        }
    }

    /// Whether a message may still go out under a lease.
    func maySend(_ lease: Lease, now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            guard let held = state[lease.commandID], held.token == lease.token else { return false }
            return now + .seconds(Self.marginSeconds) < held.end
        }
    }

    /// The leases that have used up a third of their time.
    func due(now: ContinuousClock.Instant = .now) -> [Lease] {
        let bound = now + .seconds(leaseSeconds) * 2 / 3
        return state.withLock { state in
            state.compactMap { id, held in
                held.end <= bound ? Lease(commandID: id, token: held.token) : nil
            }
        }
    }

    /// Takes note of what a renewal came to: those that no longer stand allow nothing from now on.
    func renewed(_ standing: Set<Lease>, of asked: [Lease], askedAt: ContinuousClock.Instant) {
        let end = askedAt + .seconds(leaseSeconds)
        state.withLock { state in
            for lease in asked where state[lease.commandID]?.token == lease.token {
                if standing.contains(lease) {
                    state[lease.commandID]?.end = end
                } else {
                    state[lease.commandID] = nil
                }
            }
        }
    }
}
