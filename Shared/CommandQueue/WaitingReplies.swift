import Synchronization

/// Who waits for which reply; the state behind ``ReplyWaiter``.
final class WaitingReplies: Sendable {
    typealias Waiter = CheckedContinuation<StoredReply?, Never>

    /// A notification this young may have been for a reply that nobody waited for yet: between the
    /// commit of a submission and the registration of its waiter lie microseconds, not more.
    static let recentWakeUpMilliseconds = 20

    private struct Entry {
        let commandID: Int64
        let deadline: ContinuousClock.Instant
        let waiter: Waiter
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var canceled: Set<UInt64> = []
        var lastTicket: UInt64 = 0
        var lastWakeUp: ContinuousClock.Instant?
        var isLookWanted = false
        var isClosed = false
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.entries.count } }

    /// What to fetch: everything that is waited for, when a wake-up or the poll calls for it.
    func commandIDsToFetch(isPollDue: Bool) -> [Int64]? {
        state.withLock { state in
            defer { state.isLookWanted = false }
            guard !state.entries.isEmpty, state.isLookWanted || isPollDue else { return nil }
            return state.entries.values.map(\.commandID)
        }
    }

    func nextTicket() -> UInt64 {
        state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
    }

    /// Registers a waiter; says whether the loop must know: it may have missed a wake-up, or it
    /// sleeps because nobody waited.
    func add(
        _ ticket: UInt64,
        for commandID: Int64,
        until deadline: ContinuousClock.Instant,
        continuation: Waiter
    ) -> Bool {
        let (isRefused, mustAct) = state.withLock { state in
            guard state.canceled.remove(ticket) == nil, !state.isClosed else {
                return (true, false)
            }
            let isFirst = state.entries.isEmpty
            state.entries[ticket] = Entry(
                commandID: commandID,
                deadline: deadline,
                waiter: continuation
            )
            let recent = ContinuousClock.now - .milliseconds(Self.recentWakeUpMilliseconds)
            let mayHaveMissed = state.lastWakeUp.map { $0 > recent } ?? false
            if mayHaveMissed { state.isLookWanted = true }
            return (false, isFirst || mayHaveMissed)
        }
        if isRefused { continuation.resume(returning: nil) }
        return mustAct
    }

    /// Forgets a cancellation that came after the answer.
    func forget(_ ticket: UInt64) {
        state.withLock { _ = $0.canceled.remove(ticket) }
    }

    func cancel(_ ticket: UInt64) {
        let entry = state.withLock { state in
            let entry = state.entries.removeValue(forKey: ticket)
            if entry == nil { state.canceled.insert(ticket) }
            return entry
        }
        entry?.waiter.resume(returning: nil)
    }

    func noteWakeUp() {
        state.withLock { state in
            state.lastWakeUp = .now
            state.isLookWanted = true
        }
    }

    /// How long the loop may sleep: until the poll or the first deadline; long when nobody waits.
    func timeToNextLook(pollAt nextPoll: ContinuousClock.Instant) -> Duration {
        let first = state.withLock { $0.entries.values.map(\.deadline).min() }
        guard let first else { return .seconds(60) }
        return max(.milliseconds(1), min(nextPoll, first) - .now)
    }

    func expire() {
        let now = ContinuousClock.now
        finish { $0.deadline <= now ? .some(nil) : nil }
    }

    func deliver(_ replies: [Int64: StoredReply]) {
        guard !replies.isEmpty else { return }
        finish { entry in replies[entry.commandID].map { .some($0) } }
    }

    func giveUp() {
        state.withLock { $0.isClosed = true }
        finish { _ in .some(nil) }
    }

    /// Takes out the entries that a closure has an answer for, and answers them.
    private func finish(_ answer: (Entry) -> StoredReply??) {
        let finished = state.withLock { state in
            var finished: [(waiter: Waiter, reply: StoredReply?)] = []
            for (ticket, entry) in state.entries {
                guard let reply = answer(entry) else { continue }
                finished.append((entry.waiter, reply))
                state.entries[ticket] = nil
            }
            return finished
        }
        for (waiter, reply) in finished { waiter.resume(returning: reply) }
    }
}
