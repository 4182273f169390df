import Synchronization

/// How much a transaction sees of others that run beside it.
public enum IsolationLevel: Sendable, Hashable {
    /// Each statement sees what was committed before it.
    case readCommitted
    /// All statements see what was committed before the first.
    case repeatableRead
    /// As if transactions ran one after the other; they may be refused and must be repeated.
    case serializable
}

/// A transaction, which exists only inside the closure that is given it.
///
/// `BEGIN` travels with the first statement. The closure's return commits; an error thrown in it
/// rolls back.
public final class Transaction: PostgresExecutor {
    private enum Phase {
        case notBegun
        case open
        case ended
    }

    private let session: Session
    private let begin: Query
    private let deadline: ContinuousClock.Instant?
    private let phase = Mutex(Phase.notBegun)

    init(
        session: Session,
        isolation: IsolationLevel,
        readOnly: Bool,
        deadline: ContinuousClock.Instant?
    ) {
        self.session = session
        self.deadline = deadline
        let level =
            switch isolation {
            case .readCommitted: "READ COMMITTED"
            case .repeatableRead: "REPEATABLE READ"
            case .serializable: "SERIALIZABLE"
            }
        let access = readOnly ? "READ ONLY" : "READ WRITE"
        begin = Query(unprepared: "BEGIN ISOLATION LEVEL \(level) \(access)")
    }

    /// Sends all statements at once.
    public func pipeline(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        let isFirst = try enter(.open) == .notBegun
        let work = Work(
            isFirst ? [begin] + queries : queries,
            mayCommit: false,
            transactionDeadline: isFirst ? deadline : nil
        )
        let rows = try await session.run(work)
        return isFirst ? Array(rows.dropFirst()) : rows
    }

    /// Runs a text of several statements, as `psql` would.
    ///
    /// Nothing in it is escaped: it must come from the program, as migrations do.
    public func executeTrustedScript(_ sql: String) async throws(PostgresError) {
        let isFirst = try enter(.open) == .notBegun
        var work = Work(script: isFirst ? "\(begin.sql);\n\(sql)" : sql)
        work.mayCommit = false
        work.transactionDeadline = isFirst ? deadline : nil
        _ = try await session.run(work)
    }

    /// Sends the last statements together with `COMMIT`: one round trip less.
    ///
    /// Nothing may be sent in this transaction afterwards.
    @discardableResult
    public func commit(after queries: [Query]) async throws(PostgresError) -> [Rows] {
        let isFirst = try enter(.ended) == .notBegun
        let all = (isFirst ? [begin] : []) + queries + [Self.commit]
        let rows = try await session.run(
            Work(all, mayCommit: true, transactionDeadline: isFirst ? deadline : nil)
        )
        try Self.checkCommitted(rows)
        return Array(rows.dropFirst(isFirst ? 1 : 0).dropLast())
    }

    /// Commits what is still open.
    func commitIfOpen() async throws(PostgresError) {
        let isOpen = phase.withLock { phase in
            defer { phase = .ended }
            return phase == .open
        }
        guard isOpen else { return }
        try Self.checkCommitted(try await session.run(Work([Self.commit], mayCommit: true)))
    }

    /// Undoes what is still open, also when the task was canceled.
    func rollBack() async {
        phase.withLock { $0 = .ended }
        guard session.isInTransaction else { return }
        let work = Work([Self.rollback], mayCommit: false, isCancellable: false)
        do {
            _ = try await session.run(work)
        } catch {
            // The server rolls back when the connection goes.
            session.close(error)
        }
    }

    /// Moves on and returns the phase before.
    private func enter(_ next: Phase) throws(PostgresError) -> Phase {
        let previous = phase.withLock { phase in
            defer { if phase != .ended { phase = next } }
            return phase
        }
        guard previous != .ended else {
            throw PostgresError(.invalidRequest, "the transaction has ended")
        }
        return previous
    }

    /// The server answers the commit of a failed transaction with `ROLLBACK`, as a success.
    private static func checkCommitted(_ rows: [Rows]) throws(PostgresError) {
        guard rows.last?.commandTag != "ROLLBACK" else {
            throw PostgresError(
                .server,
                "a statement of the transaction had failed; it was rolled back",
                sqlState: SQLState.failedTransaction
            )
        }
    }

    private static let commit = Query(unprepared: "COMMIT")
    private static let rollback = Query(unprepared: "ROLLBACK")
}
