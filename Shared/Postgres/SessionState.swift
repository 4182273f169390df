import CPostgres

/// What the lock of a session guards: the connection and the request under way.
struct SessionState {
    typealias Effects = Session.Effects

    /// After this many fruitless cancels the connection is cut.
    static let maximumCancels = 4
    /// A cancel that reached the server before the statement did has no effect: send it again.
    static let cancelInterval = Duration.milliseconds(250)

    let id: UInt64
    let connection: OpaquePointer
    let descriptor: Int32
    var statements: StatementCache
    var request: Request?
    /// Why the connection is closed.
    var closure: PostgresError?
    var isWritePending = false
    var transactionDeadline: ContinuousClock.Instant?

    init(
        id: UInt64,
        connection: OpaquePointer,
        descriptor: Int32,
        statements: StatementCache
    ) {
        self.id = id
        self.connection = connection
        self.descriptor = descriptor
        self.statements = statements
    }

    var isInTransaction: Bool {
        closure == nil && PQtransactionStatus(connection) != PQTRANS_IDLE
    }

    var isClean: Bool { closure == nil && request == nil && !isInTransaction }

    /// Frees the connection; whoever waits gets the reason.
    mutating func close(_ reason: PostgresError, isWanted: Bool = false) -> Effects {
        guard closure == nil else { return Effects() }
        var effects = Effects()
        effects.wasLost = !isWanted
        closure = reason
        Reactor.shared.remove(descriptor, id)
        PQfinish(connection)
        if let request {
            var error = request.failure ?? reason
            error.kind = request.wasCanceled ? .canceled : reason.kind
            error.outcomeIsUnknown = request.mayCommit
            effects.completion = (request.continuation, .failure(error))
            self.request = nil
        }
        return effects
    }

    /// Closes after libpq has given the connection up.
    mutating func closeLost() -> Effects {
        close(PostgresError(.closed, PostgresError.connectionMessage(connection)))
    }

    /// Watches over what has taken too long.
    mutating func sweep(_ now: ContinuousClock.Instant) -> Effects {
        guard closure == nil else { return Effects() }
        if let transactionDeadline, now >= transactionDeadline {
            return close(PostgresError(.timeout, "the transaction took too long and was cut"))
        }
        guard let request, case .sent(let attempt, let sentAt) = request.cancellation,
            now - sentAt >= Self.cancelInterval
        else { return Effects() }
        return sendCancel(attempt: attempt + 1)
    }
}

// Cancellation.
extension SessionState {
    mutating func beginCancel(_ ticket: UInt64) -> Effects {
        guard let request, request.ticket == ticket, !request.hasAllResults, !request.wasCanceled
        else { return Effects() }
        return sendCancel(attempt: 1)
    }

    private mutating func sendCancel(attempt: Int) -> Effects {
        guard
            attempt <= Self.maximumCancels,
            let ticket = request?.ticket,
            let token = CancelToken(ticket: ticket, connection: connection)
        else {
            return close(PostgresError(.canceled, "the server did not heed the cancel"))
        }
        request?.cancellation = .sending(attempt: attempt)
        return Effects(cancel: token)
    }

    mutating func finishCancel(_ ticket: UInt64, isSent: Bool) -> Effects {
        guard let request, request.ticket == ticket,
            case .sending(let attempt) = request.cancellation
        else { return Effects() }
        self.request?.cancellation = .sent(attempt: attempt, at: .now)
        if request.hasAllResults { return complete() }
        guard isSent else {
            return close(PostgresError(.canceled, "the server could not be reached to cancel"))
        }
        return Effects()
    }
}
