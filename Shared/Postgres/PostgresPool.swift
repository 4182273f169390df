public import Logging
import Synchronization

/// Connections to one database, shared by the tasks of a process.
///
/// It works as soon as it is made and connects when first asked. ``run()`` gives it a place among a
/// process's services: it returns after everything was handed back and closed.
public final class PostgresPool: PostgresExecutor {
    typealias Machine = PoolStateMachine<Session, Waiter>
    typealias Waiter = CheckedContinuation<Result<Session, PostgresError>, Never>

    let configuration: PostgresConfiguration
    private let limits: PoolLimits
    private let logger: Logger
    private let state: Mutex<State>

    struct State {
        var machine: Machine
        var lastFailure: PostgresError?
        var drainWaiters: [CheckedContinuation<Void, Never>] = []
    }

    /// Makes a pool; nothing is connected yet.
    public init(
        configuration: PostgresConfiguration,
        limits: PoolLimits = PoolLimits(),
        logger: Logger
    ) {
        self.configuration = configuration
        self.limits = limits
        self.logger = logger
        let machine = Machine(
            maximumConnections: limits.maximumConnections,
            maximumWaiting: limits.maximumWaiting
        )
        state = Mutex(State(machine: machine))
    }

    deinit {
        let idle = state.withLock { $0.machine.shutDown().idle }
        for session in idle { session.close(Self.closed) }
    }

    /// Runs until the task is canceled or ``shutDown()`` is called, and all connections are closed.
    public func run() async throws {
        await withTaskCancellationHandler {
            await untilDrained()
        } onCancel: {
            beginShutDown()
        }
    }

    /// Refuses new work, waits for what is under way and closes all connections.
    public func shutDown() async {
        beginShutDown()
        await untilDrained()
    }

    /// Sends all statements at once; they are one implicit transaction.
    public func pipeline(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        let session = try await lease()
        do {
            let rows = try await session.run(Work(queries, mayCommit: true))
            release(session)
            return rows
        } catch {
            release(session, after: error)
            throw error
        }
    }

    /// Gives a closure a connection of its own.
    public func withConnection<Output>(
        _ body: (PostgresConnection) async throws -> Output
    ) async throws -> Output {
        let session = try await lease()
        defer { release(session) }
        return try await body(PostgresConnection(session: session))
    }

    /// Runs a closure in a transaction: its return commits, an error thrown in it rolls back.
    ///
    /// Make no calls to other systems in it. When the error says that it is retryable, the whole
    /// closure may be run again.
    public func withTransaction<Output>(
        isolation: IsolationLevel = .readCommitted,
        readOnly: Bool = false,
        _ body: (Transaction) async throws -> Output
    ) async throws -> Output {
        let session = try await lease()
        let transaction = Transaction(
            session: session,
            isolation: isolation,
            readOnly: readOnly,
            deadline: configuration.transactionTimeoutMilliseconds.map {
                ContinuousClock.now + .milliseconds($0)
            }
        )
        do {
            let output = try await body(transaction)
            try await transaction.commitIfOpen()
            release(session)
            return output
        } catch {
            await transaction.rollBack()
            release(session, after: error as? PostgresError)
            throw error
        }
    }

    static let closed = PostgresError(.closed, "the pool is closed")
}

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

    private func release(_ session: Session, after error: PostgresError? = nil) {
        // A server that refuses to write may have been demoted: connecting again finds the new one.
        let isUsable = session.isClean && error?.sqlState != SQLState.readOnly
        carryOut(state.withLock { $0.machine.release(session, isUsable: isUsable) })
    }

    private func carryOut(_ handover: Machine.Handover) {
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

// Connecting and closing.
extension PostgresPool {
    private func open(_ count: Int) {
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

    private func beginShutDown() {
        let (idle, waiting) = state.withLock { $0.machine.shutDown() }
        for session in idle { session.close(Self.closed) }
        for waiter in waiting { waiter.resume(returning: .failure(Self.closed)) }
        if state.withLock({ $0.machine.isDrained }) { resumeDrained() }
    }

    private func resumeDrained() {
        let waiters = state.withLock { state in
            defer { state.drainWaiters = [] }
            return state.drainWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func untilDrained() async {
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
