import CPostgres
import Synchronization

/// What a session tells its owner, from whatever thread it happens on.
struct SessionObserver: Sendable {
    /// The connection is gone, and nobody asked for it.
    var closed: @Sendable (Session) -> Void = { _ in }
    /// The server has sent a notification on this channel.
    var notified: @Sendable (String) -> Void = { _ in }
}

/// One connection: the calling task sends under the lock, the reactor reads and resumes it.
///
/// Lock order: a session's lock is taken before the reactor's; continuations and the observer are
/// called without either.
final class Session: Sendable, ReactorClient, Identifiable {
    let id: UInt64
    private let observer: SessionObserver
    private let lastTicket = Atomic<UInt64>(0)
    private let state: Mutex<SessionState>

    /// Takes over a connection that has been made and switched to pipelining.
    init(
        connection: sending OpaquePointer,
        preparedStatementLimit: Int,
        observer: SessionObserver
    ) {
        let id = Reactor.shared.reserveID()
        let descriptor = PQsocket(connection)
        self.id = id
        self.observer = observer
        state = Mutex(
            SessionState(
                id: id,
                connection: connection,
                descriptor: descriptor,
                statements: StatementCache(limit: preparedStatementLimit)
            )
        )
    }

    /// Begins to read; to be called once, before the first request.
    func watch() throws(PostgresError) {
        let descriptor = state.withLock { $0.descriptor }
        guard Reactor.shared.add(descriptor, self, id) else {
            let error = PostgresError(.connectionFailed, "the kernel refused to watch a socket")
            close(error)
            throw error
        }
    }

    /// Whether the connection is open, unused and outside any transaction.
    var isClean: Bool { state.withLock { $0.isClean } }

    /// Whether the server holds a transaction open on this connection.
    var isInTransaction: Bool { state.withLock { $0.isInTransaction } }

    /// Does one round trip; a canceled task cancels it on the server and waits for the end of both.
    func run(_ work: Work) async throws(PostgresError) -> [Rows] {
        let ticket = lastTicket.add(1, ordering: .relaxed).newValue
        guard work.isCancellable else {
            let outcome = await withCheckedContinuation { start(work, ticket, $0) }
            return try outcome.get()
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { start(work, ticket, $0) }
        } onCancel: {
            cancel(ticket)
        }
        return try outcome.get()
    }

    /// Closes the connection; what is under way fails with this error.
    func close(_ reason: PostgresError) {
        perform { $0.close(reason, isWanted: true) }
    }

    func socketIsReady() {
        perform { $0.receive() }
    }

    func sweep(now: ContinuousClock.Instant) {
        perform { $0.sweep(now) }
    }

    private func start(
        _ work: Work,
        _ ticket: UInt64,
        _ continuation: CheckedContinuation<Request.Outcome, Never>
    ) {
        // The cancel handler runs after the flag is set: it finds the request, or we see the flag.
        perform { state in
            if work.isCancellable && Task.isCancelled {
                let canceled = PostgresError(.canceled, "the task was canceled before sending")
                return Effects(completion: (continuation, .failure(canceled)))
            }
            return state.begin(work, ticket, continuation)
        }
    }

    private func cancel(_ ticket: UInt64) {
        perform { $0.beginCancel(ticket) }
    }

    /// What is to be done once the lock is free again.
    struct Effects {
        var completion: (CheckedContinuation<Request.Outcome, Never>, Request.Outcome)?
        var wasLost = false
        var notified: [String] = []
        var cancel: CancelToken?
    }

    private func perform(_ decide: (inout SessionState) -> Effects) {
        let effects = state.withLock { UncheckedBox(value: decide(&$0)) }.value
        if let (continuation, outcome) = effects.completion {
            continuation.resume(returning: outcome)
        }
        for channel in effects.notified { observer.notified(channel) }
        if effects.wasLost { observer.closed(self) }
        if let token = effects.cancel {
            DedicatedThread.start { [self] in
                let isSent = token.send()
                perform { $0.finishCancel(token.ticket, isSent: isSent) }
            }
        }
    }
}

/// Carries a value out of a lock; unchecked because everything in it is used once, by the caller.
private struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
}

/// Asks the server to stop what a connection is doing, over a connection of its own.
///
/// Unchecked because of the pointer: it is made once and used by one thread.
final class CancelToken: @unchecked Sendable {
    let ticket: UInt64
    private let pointer: OpaquePointer

    init?(ticket: UInt64, connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.ticket = ticket
        self.pointer = pointer
    }

    deinit { PQfreeCancel(pointer) }

    /// Blocks for the time of a connect.
    func send() -> Bool {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { reason in
            PQcancel(pointer, reason.baseAddress, 256) == 1
        }
    }
}
