/// What a task asks of a connection: one round trip.
struct Work: Sendable {
    enum Form: Sendable {
        /// Statements between two synchronization points, one implicit transaction.
        case pipeline([Query])
        /// Several statements in one text, without values.
        case script(String)
    }

    var form: Form
    /// Whether a lost connection leaves open if something was committed.
    var mayCommit: Bool
    /// Whether the task's cancellation reaches the server; a rollback must go through.
    var isCancellable = true
    /// When the transaction that this begins must be over.
    var transactionDeadline: ContinuousClock.Instant?

    init(
        _ queries: [Query],
        mayCommit: Bool,
        isCancellable: Bool = true,
        transactionDeadline: ContinuousClock.Instant? = nil
    ) {
        form = .pipeline(queries)
        self.mayCommit = mayCommit
        self.isCancellable = isCancellable
        self.transactionDeadline = transactionDeadline
    }

    init(script: String) {
        form = .script(script)
        mayCommit = true
    }
}

/// Work that was sent and whose results are awaited.
struct Request {
    enum Step {
        case prepare(StatementKey)
        case discard
        case run(StatementKey?)
    }

    /// How far the cancellation of a request is.
    enum Cancellation {
        case none
        /// A thread is talking to the server; the connection is held until it is through.
        case sending(attempt: Int)
        case sent(attempt: Int, at: ContinuousClock.Instant)
    }

    typealias Outcome = Result<[Rows], PostgresError>

    let ticket: UInt64
    let mayCommit: Bool
    var isScript: Bool
    let continuation: CheckedContinuation<Outcome, Never>
    var steps: [Step] = []
    var nextStep = 0
    var rows: [Rows] = []
    var failure: PostgresError?
    var hasAllResults = false
    var cancellation = Cancellation.none

    var wasCanceled: Bool {
        switch cancellation {
        case .none: false
        case .sending, .sent: true
        }
    }

    var isHeldByCancel: Bool {
        switch cancellation {
        case .sending: true
        case .none, .sent: false
        }
    }
}
