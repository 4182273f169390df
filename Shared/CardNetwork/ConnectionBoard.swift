import Synchronization

/// The connections that may be used now, and who waits for the first one.
final class ConnectionBoard: Sendable {
    private struct State {
        var connections: [NetworkConnection] = []
        var nextIndex = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    var isEmpty: Bool { state.withLock { !$0.connections.contains(where: \.isOpen) } }

    /// The connections take turns.
    func next() -> NetworkConnection? {
        state.withLock { state in
            for _ in state.connections.indices {
                state.nextIndex = (state.nextIndex + 1) % state.connections.count
                let connection = state.connections[state.nextIndex]
                if connection.isOpen { return connection }
            }
            return nil
        }
    }

    func add(_ connection: NetworkConnection) {
        let waiters = state.withLock { state in
            state.connections.append(connection)
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume() }
    }

    func remove(_ connection: NetworkConnection) {
        state.withLock { $0.connections.removeAll { $0 === connection } }
    }

    /// Returns when there is a connection, or the task is canceled.
    func untilFilled() async {
        let id = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    guard !state.connections.contains(where: \.isOpen), !Task.isCancelled else {
                        return false
                    }
                    state.waiters[id] = waiter
                    return true
                }
                if !mustWait { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
