/// Which connections exist, who has them and who waits; a pure value.
///
/// It decides, the pool acts. Tasks are served in the order in which they came. Of the idle
/// connections the one used last is taken first: its caches are warm.
///
/// Invariants: `idle + leased + opening <= maximumConnections`; nobody waits while a connection is
/// idle; after a failure to connect one attempt at a time is made.
struct PoolStateMachine<Connection: Identifiable, Waiter> {
    struct Waiting {
        var id: UInt64
        var deadline: ContinuousClock.Instant
        var waiter: Waiter
    }

    enum Refusal: Equatable {
        case isFull
        case isClosed
    }

    enum LeaseAction {
        case grant(Connection, Waiter)
        /// Wait, while so many connections are opened; the flag asks for the timer of the line.
        case wait(opening: Int, startsTimer: Bool)
        case refuse(Refusal, Waiter)
    }

    /// What follows when a connection comes back, or comes up.
    struct Handover {
        var grant: (Connection, Waiter)?
        var close: Connection?
        var opening = 0
        var isDrained = false
    }

    enum FailureAction: Equatable {
        case retry(failures: Int)
        case giveUp(isDrained: Bool)
    }

    private let maximumConnections: Int
    private let maximumWaiting: Int
    private(set) var idle: [Connection] = []
    private(set) var leased = 0
    /// Being opened, or waiting for the next attempt to.
    private(set) var opening = 0
    private(set) var failures = 0
    private(set) var isClosed = false
    private var line = WaitingLine<Waiting>()
    private var lastID: UInt64 = 0
    /// One timer serves the whole line.
    private var isTimerSet = false

    init(maximumConnections: Int, maximumWaiting: Int) {
        self.maximumConnections = maximumConnections
        self.maximumWaiting = maximumWaiting
    }

    var waitingCount: Int { line.count }
    var isDrained: Bool { isClosed && leased == 0 && opening == 0 && line.isEmpty }

    /// The quick way: a connection that is idle.
    mutating func takeIdle() -> Connection? {
        guard !isClosed, let connection = idle.popLast() else { return nil }
        leased += 1
        return connection
    }

    mutating func makeWaiterID() -> UInt64 {
        lastID += 1
        return lastID
    }

    mutating func lease(
        _ waiter: Waiter,
        id: UInt64,
        deadline: ContinuousClock.Instant
    ) -> LeaseAction {
        guard !isClosed else { return .refuse(.isClosed, waiter) }
        if let connection = takeIdle() { return .grant(connection, waiter) }
        guard line.count < maximumWaiting else { return .refuse(.isFull, waiter) }
        let startsTimer = !isTimerSet
        isTimerSet = true
        line.append(Waiting(id: id, deadline: deadline, waiter: waiter))
        return .wait(opening: openMissing(), startsTimer: startsTimer)
    }

    /// Takes a connection back.
    mutating func release(_ connection: Connection, isUsable: Bool) -> Handover {
        leased -= 1
        return isUsable ? handOver(connection) : replace(connection)
    }

    /// A connection came up.
    mutating func opened(_ connection: Connection) -> Handover {
        opening -= 1
        failures = 0
        return handOver(connection)
    }

    /// An attempt to connect failed; while somebody waits, another follows.
    mutating func openFailed() -> FailureAction {
        failures += 1
        guard !isClosed, !line.isEmpty else {
            opening -= 1
            return .giveUp(isDrained: isDrained)
        }
        return .retry(failures: failures)
    }

    /// The pause after a failed attempt is over; false if nobody waits any more.
    mutating func retryIsDue() -> Bool {
        guard !isClosed, !line.isEmpty else {
            opening -= 1
            return false
        }
        return true
    }

    /// A connection that nobody was using broke; false if it was not idle here.
    mutating func idleConnectionWasLost(_ id: Connection.ID) -> Bool {
        guard let index = idle.firstIndex(where: { $0.id == id }) else { return false }
        idle.remove(at: index)
        return true
    }

    /// Removes a task from the line, if it still stands there.
    mutating func cancelWaiter(_ id: UInt64) -> Waiter? {
        line.remove { $0.id == id }?.waiter
    }

    /// Removes the tasks whose time is over, and says when the next one's is.
    ///
    /// All wait equally long, so the line is in the order of its deadlines.
    mutating func expire(
        at now: ContinuousClock.Instant
    ) -> (expired: [Waiter], nextDeadline: ContinuousClock.Instant?) {
        var expired: [Waiter] = []
        while let first = line.first, first.deadline <= now {
            expired.append(first.waiter)
            line.removeFirst()
        }
        isTimerSet = !line.isEmpty
        return (expired, line.first?.deadline)
    }

    /// Refuses everybody from now on; leased connections are closed as they come back.
    mutating func shutDown() -> (idle: [Connection], waiting: [Waiter]) {
        isClosed = true
        var waiting: [Waiter] = []
        while let first = line.removeFirst() { waiting.append(first.waiter) }
        defer { idle = [] }
        return (idle, waiting)
    }

    private mutating func handOver(_ connection: Connection) -> Handover {
        guard !isClosed else { return Handover(close: connection, isDrained: isDrained) }
        guard let first = line.removeFirst() else {
            idle.append(connection)
            return Handover()
        }
        leased += 1
        return Handover(grant: (connection, first.waiter), opening: openMissing())
    }

    private mutating func replace(_ connection: Connection) -> Handover {
        let opening = isClosed ? 0 : openMissing()
        return Handover(close: connection, opening: opening, isDrained: isDrained)
    }

    /// Opens as many as are waited for and not yet on their way.
    private mutating func openMissing() -> Int {
        let room = maximumConnections - idle.count - leased - opening
        var missing = min(room, line.count - opening)
        if failures > 0 { missing = min(missing, 1 - opening) }
        guard missing > 0 else { return 0 }
        opening += missing
        return missing
    }
}

/// A first-in first-out line that can be left from the middle.
struct WaitingLine<Element> {
    private var elements: [Element] = []
    /// Places before it are empty; they are cleared together, so that leaving costs O(1).
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    @discardableResult
    mutating func removeFirst() -> Element? {
        guard let first else { return nil }
        head += 1
        if head == elements.count || head >= 64 {
            elements.removeFirst(head)
            head = 0
        }
        return first
    }

    mutating func remove(where matches: (Element) -> Bool) -> Element? {
        guard let index = elements[head...].firstIndex(where: matches) else { return nil }
        return elements.remove(at: index)
    }
}
