import Logging
import Synchronization

// Connecting and closing.
extension PostgresPool {
    func open(_ count: Int) {
        for _ in 0..<count { openOne() }
    }

    private func openOne() {
        let observer = SessionObserver(closed: { [weak self] in self?.wasLost($0) })
        Connector.open(configuration, observer: observer) { [weak self] result in
            switch result {
            case .success(let session):
                guard let self else { return session.close(Self.closed) }
                let handover = state.withLock { state in
                    state.lastFailure = nil
                    return state.machine.opened(session)
                }
                carryOut(handover)
            case .failure(let error):
                self?.openFailed(error)
            }
        }
    }

    private func openFailed(_ error: PostgresError) {
        let action = state.withLock { state in
            state.lastFailure = error
            return state.machine.openFailed()
        }
        logger.warning("no connection to the database", metadata: ["reason": "\(error.message)"])
        switch action {
        case .giveUp(let isDrained):
            if isDrained { resumeDrained() }
        case .retry(let failures):
            Reactor.shared.after(Backoff.delay(failures: failures)) { [weak self] in
                self?.retry()
            }
        }
    }

    private func retry() {
        let (isWanted, isDrained) = state.withLock { state in
            (state.machine.retryIsDue(), state.machine.isDrained)
        }
        if isWanted { openOne() }
        if isDrained { resumeDrained() }
    }

    private func wasLost(_ session: Session) {
        let wasIdle = state.withLock { $0.machine.idleConnectionWasLost(session.id) }
        if wasIdle { logger.info("the server closed an idle connection") }
    }

    func beginShutDown() {
        let (idle, waiting) = state.withLock { $0.machine.shutDown() }
        for session in idle { session.close(Self.closed) }
        for waiter in waiting { waiter.resume(returning: .failure(Self.closed)) }
        if state.withLock({ $0.machine.isDrained }) { resumeDrained() }
    }

    func resumeDrained() {
        let waiters = state.withLock { state in
            defer { state.drainWaiters = [] }
            return state.drainWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func untilDrained() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isDrained = state.withLock { state in
                if state.machine.isDrained { return true }
                state.drainWaiters.append(continuation)
                return false
            }
            if isDrained { continuation.resume() }
        }
    }
}
