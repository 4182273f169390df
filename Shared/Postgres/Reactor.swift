import CPostgres
import Glibc
import Synchronization

/// Something that waits for a socket.
protocol ReactorClient: AnyObject, Sendable {
    /// The socket has bytes, room, or an end.
    func socketIsReady()
    /// Called a few times a second, for what has taken too long.
    func sweep(now: ContinuousClock.Instant)
}

/// The one thread that waits for the sockets of all connections.
///
/// Tasks send for themselves; this thread only reads and resumes them, so that a statement costs
/// one hop to a sleeping thread here and one back.
final class Reactor: Sendable {
    /// Lives as long as the process.
    static let shared = Reactor()

    private struct State {
        var clients: [UInt64: any ReactorClient] = [:]
        var lastID: UInt64 = Reactor.wakeID
        var timers = TimerQueue<@Sendable () -> Void>()
        /// Until when the thread sleeps at most.
        var sleepsUntil = ContinuousClock.now
        var lastSweep = ContinuousClock.now
    }

    private static let wakeID: UInt64 = 0
    private static let maximumEvents = 64
    /// Between two sweeps.
    private static let sweepInterval = Duration.milliseconds(250)

    private let epoll: Int32
    private let wakeUp: Int32
    private let state = Mutex(State())

    private init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(epoll >= 0 && wakeUp >= 0, "the process has no descriptor left for epoll")
        control(EPOLL_CTL_ADD, wakeUp, Self.wakeID, isWriting: false)
        DedicatedThread.start { [self] in
            while true { turn() }
        }
    }

    /// Makes a number for ``add(_:_:_:)``.
    func reserveID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// Begins to watch a socket; false if the kernel refuses.
    func add(_ descriptor: Int32, _ client: some ReactorClient, _ id: UInt64) -> Bool {
        state.withLock { $0.clients[id] = client }
        return control(EPOLL_CTL_ADD, descriptor, id, isWriting: false)
    }

    /// Waits for room to write too, or no longer.
    func watch(_ descriptor: Int32, _ id: UInt64, isWriting: Bool) {
        control(EPOLL_CTL_MOD, descriptor, id, isWriting: isWriting)
    }

    /// Forgets a socket; to be called before it is closed.
    func remove(_ descriptor: Int32, _ id: UInt64) {
        if descriptor >= 0 { control(EPOLL_CTL_DEL, descriptor, id, isWriting: false) }
        state.withLock { _ = $0.clients.removeValue(forKey: id) }
    }

    /// Runs short work on the thread later.
    func after(_ delay: Duration, _ work: @escaping @Sendable () -> Void) {
        let deadline = ContinuousClock.now + delay
        let isEarlier = state.withLock { state in
            state.timers.add(at: deadline, work)
            return deadline < state.sleepsUntil
        }
        if isEarlier { wake() }
    }

    @discardableResult
    private func control(
        _ operation: Int32,
        _ descriptor: Int32,
        _ id: UInt64,
        isWriting: Bool
    ) -> Bool {
        var event = epoll_event()
        event.events = postgres_readable | (isWriting ? postgres_writable : 0)
        event.data.u64 = id
        return epoll_ctl(epoll, operation, descriptor, &event) == 0
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, MemoryLayout<UInt64>.size)
    }

    /// Waits once, serves what is ready, then what is due.
    private func turn() {
        let delay = state.withLock { state in
            let now = ContinuousClock.now
            let latest = now + Self.sweepInterval
            state.sleepsUntil = min(state.timers.nextDeadline ?? latest, latest)
            return max(.zero, state.sleepsUntil - now)
        }
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.maximumEvents) {
            events in
            let count = epoll_wait(
                epoll,
                events.baseAddress,
                Int32(Self.maximumEvents),
                Self.milliseconds(delay)
            )
            for index in 0..<max(0, Int(count)) { serve(events[index].data.u64) }
        }
        runDue()
    }

    private func serve(_ id: UInt64) {
        guard id != Self.wakeID else {
            var count: UInt64 = 0
            _ = read(wakeUp, &count, MemoryLayout<UInt64>.size)
            return
        }
        state.withLock { $0.clients[id] }?.socketIsReady()
    }

    private func runDue() {
        let now = ContinuousClock.now
        while let work = state.withLock({ $0.timers.popDue(at: now) }) { work() }
        sweepIfDue(now)
    }

    private func sweepIfDue(_ now: ContinuousClock.Instant) {
        let clients = state.withLock { state -> [any ReactorClient] in
            guard now - state.lastSweep >= Self.sweepInterval else { return [] }
            state.lastSweep = now
            return Array(state.clients.values)
        }
        for client in clients { client.sweep(now: now) }
    }

    /// Rounded up, so that the thread does not spin through the last millisecond.
    private static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
        let rest = (attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond
        return Int32(seconds * 1000 + rest)
    }
}
