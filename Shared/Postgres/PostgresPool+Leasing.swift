import Synchronization

// Leasing.
extension PostgresPool {
    func lease() async throws(PostgresError) -> Session {
        while let session = state.withLock({ $0.machine.takeIdle() }) {
            if session.isClean { return session }
            release(session)
        }
        let id = state.withLock { $0.machine.makeWaiterID() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { wait(id, $0) }
        } onCancel: {
            let waiter = state.withLock { $0.machine.cancelWaiter(id) }
            waiter?.resume(returning: .failure(Self.canceled))
        }
        return try result.get()
    }

    /// The cancel handler runs after the flag is set: it finds the waiter, or we see the flag.
    private func wait(_ id: UInt64, _ waiter: Waiter) {
        let deadline = ContinuousClock.now + .seconds(limits.waitTimeoutSeconds)
        let action: Machine.LeaseAction? = state.withLock { state in
            Task.isCancelled ? nil : state.machine.lease(waiter, id: id, deadline: deadline)
        }
        switch action {
        case nil:
            waiter.resume(returning: .failure(Self.canceled))
        case .grant(let session, let waiter):
            waiter.resume(returning: .success(session))
        case .wait(let opening, let startsTimer):
            open(opening)
            if startsTimer { expireWaiters(at: deadline) }
        case .refuse(.isClosed, let waiter):
            waiter.resume(returning: .failure(Self.closed))
        case .refuse(.isFull, let waiter):
            let full = PostgresError(.poolExhausted, "too many tasks wait for a connection")
            waiter.resume(returning: .failure(full))
        }
    }

    func release(_ session: Session, after error: PostgresError? = nil) {
        // A server that refuses to write may have been demoted: connecting again finds the new one.
        let isUsable = session.isClean && error?.sqlState != SQLState.readOnly
        carryOut(state.withLock { $0.machine.release(session, isUsable: isUsable) })
    }

    func carryOut(_ handover: Machine.Handover) {
        if let (session, waiter) = handover.grant { waiter.resume(returning: .success(session)) }
        handover.close?.close(Self.closed)
        open(handover.opening)
        if handover.isDrained { resumeDrained() }
    }

    private func expireWaiters(at deadline: ContinuousClock.Instant) {
        Reactor.shared.after(deadline - .now) { [weak self] in
            guard let self else { return }
            let (expired, next, failure) = state.withLock { state in
                let (expired, next) = state.machine.expire(at: .now)
                return (expired, next, state.lastFailure)
            }
            for waiter in expired {
                waiter.resume(returning: .failure(Self.timeout(failure)))
            }
            if let next { expireWaiters(at: next) }
        }
    }

    private static let canceled = PostgresError(
        .canceled,
        "the task was canceled while it waited for a connection"
    )

    /// Names the reason why there was no connection, if there is one.
    private static func timeout(_ failure: PostgresError?) -> PostgresError {
        failure ?? PostgresError(.timeout, "no connection became free in time")
    }
}

// Looking in.
extension PostgresPool {
    /// How many tasks wait for a connection, for metrics.
    public var waitingCount: Int { state.withLock { $0.machine.waitingCount } }

    /// How many connections are in use, for metrics.
    public var leasedCount: Int { state.withLock { $0.machine.leased } }

    /// Why the last attempt to connect failed; `nil` once one has succeeded.
    public var lastConnectionFailure: PostgresError? { state.withLock { $0.lastFailure } }
}
