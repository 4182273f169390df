import Synchronization

/// What a listener has heard and not yet passed on.
final class ListenerState: Sendable {
    enum WakeUp: Sendable {
        case notified(String)
        case disconnected
        case canceled
    }

    private struct State {
        var session: Session?
        /// Each channel at most once, in the order of the first notification.
        var pending: [String] = []
        var waiter: CheckedContinuation<WakeUp, Never>?
    }

    private let state = Mutex(State())

    deinit {
        state.withLock { $0.session }?.close(PostgresError(.closed, "the listener is gone"))
    }

    /// Uses this connection from now on; it may have been lost already.
    func adopt(_ session: Session) {
        state.withLock { $0.session = session.isClean ? session : nil }
    }

    func add(_ channel: String) {
        let waiter = state.withLock { state -> CheckedContinuation<WakeUp, Never>? in
            guard let waiter = state.waiter else {
                if !state.pending.contains(channel) { state.pending.append(channel) }
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: .notified(channel))
    }

    func sessionWasLost(_ id: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<WakeUp, Never>? in
            guard state.session?.id == id else { return nil }
            state.session = nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: .disconnected)
    }

    /// Waits for the next wake-up.
    func nextWakeUp() async -> WakeUp {
        await withTaskCancellationHandler {
            await withCheckedContinuation { wait($0) }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: .canceled)
        }
    }

    private func wait(_ waiter: CheckedContinuation<WakeUp, Never>) {
        let wakeUp: WakeUp? = state.withLock { state in
            if Task.isCancelled { return .canceled }
            if !state.pending.isEmpty { return .notified(state.pending.removeFirst()) }
            if state.session == nil { return .disconnected }
            state.waiter = waiter
            return nil
        }
        if let wakeUp { waiter.resume(returning: wakeUp) }
    }
}
