import Logging
import Money
import Postgres
import ReconciliationStore
import ServiceKit
import ServiceLifecycle

/// Checks what is new and seals what is settled, on an interval; checks everything now and then.
struct WatchService: Service {
    let pool: PostgresPool
    let settings: WatchSettings
    let clock: @Sendable () -> Timestamp
    let metrics: Metrics
    let runFolder: RunFolder
    let logger: Logger

    /// Runs until shutdown; a run that is under way then ends with its transaction.
    func run() async throws {
        let figures = WatchFigures(metrics)
        var nextFull = ContinuousClock.now
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let isFull = ContinuousClock.now >= nextFull
            if isFull { nextFull = .now + .seconds(settings.fullIntervalSeconds) }
            try? await cancelWhenGracefulShutdown {
                await round(isFull: isFull, figures)
                try await Task.sleep(for: .seconds(settings.intervalSeconds))
            }
        }
    }

    private func round(isFull: Bool, _ figures: WatchFigures) async {
        do {
            let report = try await Reconciler(pool: pool, clock: clock).run(request(isFull: isFull))
            let sealed = try await Sealer(pool: pool).sealAll()
            figures.ran(report, sealed: sealed)
            guard !report.isClean else { return }
            for finding in report.findings.prefix(Self.loggedFindings) {
                logger.error(
                    "discrepancy",
                    metadata: [
                        "class": "\(finding.kind.rawValue)", "subject": "\(finding.subject)",
                        "runbook": "\(finding.kind.runbook)",
                    ]
                )
            }
        } catch is Reconciler.Locked {
            figures.skipped()
        } catch  where Task.isCancelled {
            return
        } catch {
            figures.failed()
            logger.warning("the run failed", metadata: ["reason": "\(error)"])
        }
    }

    private static let loggedFindings = 20

    private func request(isFull: Bool) throws -> Reconciler.Request {
        var request = Reconciler.Request()
        request.isIncremental = !isFull
        request.asksAgain = true
        if isFull, let network = settings.network {
            let source = try NetworkSource(network, runFolder: runFolder)
            request.network = { try await source.read() }
        }
        return request
    }
}

/// What the watch counts.
struct WatchFigures: Sendable {
    private let runs: Counter
    private let rows: Counter
    private let opened: Counter
    private let sealed: Counter
    private let found: Gauge

    init(_ metrics: Metrics) {
        runs = metrics.counter(
            "reconciliation_runs_total",
            help: "runs by extent and how they ended",
            labels: ["extent", "end"]
        )
        rows = metrics.counter("reconciliation_rows_total", help: "rows checked")
        opened = metrics.counter(
            "reconciliation_discrepancies_opened_total",
            help: "discrepancies found for the first time"
        )
        sealed = metrics.counter("reconciliation_sealed_journals_total", help: "journals sealed")
        found = metrics.gauge(
            "reconciliation_found",
            help: "discrepancies that the last run found",
            labels: ["extent"]
        )
    }

    func ran(_ report: RunReport, sealed count: Int) {
        runs.increment(by: 1, report.extent.rawValue, report.isClean ? "clean" : "discrepancies")
        rows.increment(by: report.rowsChecked)
        opened.increment(by: report.opened)
        sealed.increment(by: count)
        found.set(Double(report.findings.count), report.extent.rawValue)
    }

    func skipped() { runs.increment(by: 1, "none", "locked") }

    func failed() { runs.increment(by: 1, "none", "failed") }
}
