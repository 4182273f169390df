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
    let limits: PoolLimits
    let logger: Logger
    let state: Mutex<State>

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
