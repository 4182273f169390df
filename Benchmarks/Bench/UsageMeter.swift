import Postgres

/// (l): what the payments of (a) cost, by process, and in the write-ahead log.
actor UsageMeter {
    /// The stack's own processes.
    static let services = ["gateway", "orchestrator", "sandbox"]

    private let context: BenchmarkContext
    private var before: Snapshot?
    private var payments = 0
    private var requests = 0
    private var loadSeconds = 0.0
    private var elapsedSeconds = 0.0
    private var spent = Snapshot()
    private var residentMegabytes: [String: [Double]] = [:]

    /// Running totals; the difference of two is what was spent between them.
    private struct Snapshot {
        var processorSeconds: [String: Double] = [:]
        var postgresSeconds = 0.0
        var walBytes: Int64 = 0
        var walImages: Int64 = 0
        var walSyncs: Int64 = 0
        var commits: Int64 = 0
    }

    init(_ context: BenchmarkContext) {
        self.context = context
    }

    func begin() async throws {
        before = try await snapshot()
    }

    func end(_ report: LoadReport) async throws {
        guard let before else { return }
        let now = try await snapshot()
        for (name, seconds) in now.processorSeconds {
            spent.processorSeconds[name, default: 0] +=
                seconds - (before.processorSeconds[name] ?? 0)
        }
        spent.postgresSeconds += now.postgresSeconds - before.postgresSeconds
        spent.walBytes += now.walBytes - before.walBytes
        spent.walImages += now.walImages - before.walImages
        spent.walSyncs += now.walSyncs - before.walSyncs
        spent.commits += now.commits - before.commits
        // What ended just after the round was paid for as well.
        payments += report.statuses.values.reduce(0, +)
        requests += report.requests
        loadSeconds += report.processorSeconds
        elapsedSeconds += report.elapsedSeconds
        for name in Self.services {
            guard let usage = usage(of: name) else { continue }
            residentMegabytes[name, default: []].append(usage.residentMegabytes)
        }
    }

    func figures() throws -> [Figure] {
        guard payments > 0 else { throw BenchmarkError("no payment was measured") }
        let count = Double(payments)
        var figures = Self.services.compactMap { name in
            residentMegabytes[name].map {
                Figure(
                    "l.memory.\(name)",
                    "(l) resident memory of \(name)",
                    unit: "MB",
                    value: Spread($0),
                    target: .atMost(120)
                )
            }
        }
        for name in Self.services {
            figures.append(
                perPayment(
                    "l.processor.\(name)",
                    "processor time of \(name)",
                    "µs",
                    (spent.processorSeconds[name] ?? 0) * 1e6 / count
                )
            )
        }
        figures += [
            perPayment(
                "l.processor.postgres",
                "processor time of Postgres",
                "µs",
                spent.postgresSeconds * 1e6 / count
            ),
            perPayment(
                "l.processor.load",
                "processor time of the load's own process, a request",
                "µs",
                loadSeconds * 1e6 / Double(requests)
            ),
            Figure(
                "l.load.busy",
                "(l) the load's own process, busy on one processor",
                unit: "%",
                value: .once(loadSeconds * 100 / elapsedSeconds)
            ),
            perPayment(
                "l.wal.bytes",
                "write-ahead log",
                "bytes",
                Double(spent.walBytes) / count,
                .atMost(8_192)
            ),
            perPayment(
                "l.wal.images",
                "whole pages in the write-ahead log, the first change after a checkpoint,",
                "",
                Double(spent.walImages) / count
            ),
            perPayment(
                "l.wal.syncs",
                "flushes of the write-ahead log",
                "",
                Double(spent.walSyncs) / count,
                .atMost(0.15)
            ),
            perPayment(
                "l.commits",
                "transactions, reading ones as well,",
                "",
                Double(spent.commits) / count
            ),
        ]
        return figures
    }

    /// The memory of each service when all cases have run.
    static func finalMemory(_ stack: BenchmarkStack) -> [Figure] {
        services.compactMap { name in
            stack.processID(of: name).flatMap { ProcessUsage(processID: $0) }.map { usage in
                Figure(
                    "l.memory.\(name).end",
                    "(l) resident memory of \(name) at the end of the run",
                    unit: "MB",
                    value: .once(usage.residentMegabytes),
                    target: .atMost(120)
                )
            }
        }
    }

    private func perPayment(
        _ name: String,
        _ title: String,
        _ unit: String,
        _ value: Double,
        _ target: Target? = nil
    ) -> Figure {
        let suffix = title.contains("request") ? "" : " a payment"
        return Figure(
            name,
            "(l) \(title)\(suffix)",
            unit: unit,
            value: .once(value),
            target: target
        )
    }

    private func usage(of name: String) -> ProcessUsage? {
        context.stack.processID(of: name).flatMap { ProcessUsage(processID: $0) }
    }

    private func snapshot() async throws -> Snapshot {
        var snapshot = Snapshot()
        for name in Self.services {
            snapshot.processorSeconds[name] = usage(of: name)?.processorSeconds
        }
        if let server = context.stack.processID(of: "postgres") {
            snapshot.postgresSeconds = ProcessUsage.processorSeconds(ofTree: server)
        }
        let rows = try await context.withPool(context.databaseURL) { pool in
            try await pool.query(
                """
                SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint, wal_fpi, wal_sync,
                    (SELECT sum(xact_commit)::bigint FROM pg_stat_database)
                FROM pg_stat_wal
                """
            )
        }
        (snapshot.walBytes, snapshot.walImages, snapshot.walSyncs, snapshot.commits) =
            try rows[0].decode((Int64, Int64, Int64, Int64).self)
        return snapshot
    }
}
