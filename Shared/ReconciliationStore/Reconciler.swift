public import Money
public import Postgres

/// Runs the checks over one snapshot of the store and records what they found.
///
/// All checks read in one read-only transaction, so nothing that is under way can look like a break, and
/// nobody waits for it. What was found is written afterwards, in one transaction, with the run's own row:
/// a run that is killed leaves nothing behind.
public struct Reconciler: Sendable {
    /// What a run shall do.
    public struct Request: Sendable {
        /// Which part of the store.
        public var scope = CheckScope()
        /// Only what came since the last run, instead of everything.
        public var isIncremental = false
        /// The network's own record; without it that comparison is left out.
        public var network: (@Sendable () async throws -> NetworkRecord)?
        /// How long things may wait for their end.
        public var deadlines = Deadlines()
        /// Whether to ask again for what may only have been missed.
        public var asksAgain = false
        /// The most breaks of one family of checks.
        public var maximumDiscrepancies = 1_000
        /// The seed of the fingerprints; a run draws a new one.
        public var seed = Int64.random(in: .min ... .max)
        /// Hears how far the run has come.
        public var progress: @Sendable (RunProgress) async -> Void = { _ in }

        /// Everything, with the defaults.
        public init() {}
    }

    /// Another run is under way.
    public struct Locked: Error, Sendable {
        /// Says so.
        public init() {}
    }

    /// Held while a run is under way; the letters of "reconcil" as a number.
    private static let lockKey: Int64 = 0x7265_636F_6E63_696C

    private let pool: PostgresPool
    private let clock: @Sendable () -> Timestamp

    /// Runs over a pool of at least three connections in the role of reconciliation.
    public init(pool: PostgresPool, clock: @escaping @Sendable () -> Timestamp) {
        self.pool = pool
        self.clock = clock
    }

    /// Runs the checks, records what they found and returns the report.
    public func run(_ request: Request) async throws -> RunReport {
        try await pool.withConnection { connection in
            let rows = try await connection.query("SELECT pg_try_advisory_lock(\(Self.lockKey))")
            guard try rows.first?.decode(Bool.self, at: 0) == true else { throw Locked() }
            do {
                let report = try await checkAndRecord(request)
                try await connection.execute("SELECT pg_advisory_unlock(\(Self.lockKey))")
                return report
            } catch {
                // The lock goes with the session if this cannot be sent either.
                _ = try? await connection.execute("SELECT pg_advisory_unlock(\(Self.lockKey))")
                throw error
            }
        }
    }

    private func checkAndRecord(_ request: Request) async throws -> RunReport {
        let startedAt = clock()
        let (checks, mark) = try await pool.withTransaction(
            isolation: .repeatableRead,
            readOnly: true
        ) { transaction in
            let since = request.isIncremental ? try await Watermark.stored(transaction) : nil
            let mark = try await Watermark.horizon(transaction)
            let checks = try await Self.check(request, since: since, at: startedAt, transaction)
            return (checks, mark)
        }
        let report = RunReport(
            extent: request.isIncremental
                ? .incremental : request.scope.isWholeStore ? .full : .part,
            scope: request.scope,
            startedAt: startedAt,
            finishedAt: clock(),
            checks: checks
        )
        var recorded = try await RunStore.record(
            report,
            mark: request.scope.isWholeStore
                && request.scope.checks.isSuperset(of: [.books, .events])
                ? mark : nil,
            on: pool
        )
        if request.asksAgain { recorded.askedAgain = try await askAgain(report.findings) }
        return recorded
    }

    /// Has the services ask again for what may only have been missed; the next run shows whether it was
    /// that.
    private func askAgain(_ findings: [Finding]) async throws -> Int {
        let missed = findings.filter(\.kind.mayBeMissed)
        guard !missed.isEmpty else { return 0 }
        let rows = try await pool.query(
            """
            SELECT count(*) FILTER (WHERE ask_again(class, subject))
            FROM unnest(
                \(missed.map(\.kind.rawValue))::text[], \(missed.map(\.subject))::text[]
            ) AS missed (class, subject)
            """
        )
        return try rows.first?.decode(Int.self, at: 0) ?? 0
    }

    /// Runs the wanted checks in a transaction and writes nothing.
    static func check(
        _ request: Request,
        since: Watermark?,
        at now: Timestamp,
        _ executor: any PostgresExecutor
    ) async throws -> [RunReport.Check] {
        let context = CheckContext(
            executor: executor,
            scope: request.scope,
            since: since,
            now: now,
            deadlines: request.deadlines,
            limit: request.maximumDiscrepancies,
            seed: request.seed,
            progress: request.progress
        )
        var reports: [RunReport.Check] = []
        for name in CheckName.allCases where request.scope.checks.contains(name) {
            let clock = ContinuousClock()
            let start = clock.now
            guard let outcome = try await outcome(of: name, request, context) else { continue }
            reports.append(
                RunReport.Check(
                    name: name,
                    rows: outcome.rows,
                    milliseconds: start.duration(to: clock.now).milliseconds,
                    findings: outcome.findings,
                    isTruncated: outcome.isTruncated
                )
            )
        }
        return reports
    }

    private static func outcome(
        of name: CheckName,
        _ request: Request,
        _ context: CheckContext
    ) async throws -> CheckOutcome? {
        switch name {
        case .books: return try await BooksCheck.run(context)
        case .events: return try await EventsCheck.run(context)
        case .clearing: return try await ClearingCheck.run(context)
        case .settlements: return try await SettlementsCheck.run(context)
        case .bank: return try await BankCheck.run(context)
        case .deadlines: return try await DeadlinesCheck.run(context)
        case .network:
            // Read now, after the snapshot: what we booked must be in it.
            guard let network = request.network else { return nil }
            return try await NetworkCheck.run(try await network(), context)
        case .seals: return try await SealsCheck.run(context)
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
