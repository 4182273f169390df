import ArgumentParser
import Foundation
import Money
import Payments
import ReconciliationStore
import ServiceKit

/// How a report is written.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case json
    case text
}

/// `reconciliation run`: checks once and ends with what it found.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Check what came since the last run, or with --full everything.",
        discussion: """
            A part that is named by --from, --to, --merchant or --currency is checked whole. Sums of \
            accounts are always over all of their entries.
            """
    )

    @OptionGroup var store: StoreOption

    @Option(help: "Only what was recorded from this moment on: 2026-11-01 or 2026-11-01T18:30:00Z.")
    var from: Moment?

    @Option(help: "Only what was recorded before this moment.")
    var to: Moment?

    @Option(help: "Only this merchant's.")
    var merchant: String?

    @Option(help: "Only this currency's.")
    var currency: String?

    @Option(help: "Only these checks, as often as wanted: books, events, clearing, deadlines, …")
    var kind: [CheckArgument] = []

    @Option(help: "json or text.")
    var format: ReportFormat = .text

    @Option(help: "A file for the report, instead of standard output; replaced in one step.")
    var out: String?

    @Option(help: "The most discrepancies of one family of checks.")
    var maxDiscrepancies = 1_000

    @Option(
        help: "The network's own record: a file, a URL, or sandbox for the stack's own network."
    )
    var network: String?

    @Option(help: "How many seconds to wait for another run to end, as a stack's own watch.")
    var wait = 0

    @Flag(help: "Check everything, also what earlier runs have checked.")
    var full = false

    @Flag(help: "Ask again for files of the bank and deliveries that may only have been missed.")
    var heal = false

    @Flag(help: "An empty store is no error.")
    var allowEmpty = false

    @Flag(help: "Say on standard error how far the run has come.")
    var progress = false

    func validate() throws {
        guard (1...1_000_000).contains(maxDiscrepancies) else {
            throw ValidationError("--max-discrepancies must be from 1 to 1000000.")
        }
        guard (0...86_400).contains(wait) else {
            throw ValidationError("--wait must be from 0 to 86400.")
        }
        if let merchant, MerchantID(rawValue: merchant) == nil {
            throw ValidationError("\(merchant) is not the identifier of a merchant.")
        }
        if let currency, (try? Currency(currency)) == nil {
            throw ValidationError("\(currency) is no currency.")
        }
        if let from, let to, to.time <= from.time {
            throw ValidationError("--to must be after --from.")
        }
    }

    func run() async throws {
        let request = try request()
        let report = try await store.withPool { pool in
            try await run(request, Reconciler(pool: pool, clock: { SystemClock.now() }))
        }
        try ReportWriter(format: format, path: out).write(report)
        guard report.rowsChecked > 0 || allowEmpty || !report.isClean else {
            throw Ended(.unreadable, "nothing was checked: no row is in what was asked for")
        }
        guard report.isClean else { throw Ended(.discrepancies) }
    }

    private func run(
        _ request: Reconciler.Request,
        _ reconciler: Reconciler
    ) async throws -> RunReport {
        let deadline = ContinuousClock.now + .seconds(wait)
        while true {
            do {
                return try await reconciler.run(request)
            } catch let locked as Reconciler.Locked {
                guard ContinuousClock.now < deadline else { throw locked }
                try await Task.sleep(for: .milliseconds(Self.lockPollMilliseconds))
            }
        }
    }

    private static let lockPollMilliseconds = 200

    private func request() throws -> Reconciler.Request {
        var request = Reconciler.Request()
        request.scope.from = from?.time
        request.scope.before = to?.time
        request.scope.merchantID = merchant
        request.scope.currencyCode = currency?.lowercased()
        if !kind.isEmpty { request.scope.checks = Set(kind.map(\.name)) }
        request.isIncremental = !full && request.scope.isWholeStore
        request.maximumDiscrepancies = maxDiscrepancies
        request.asksAgain = heal
        if let network {
            let source = try NetworkSource(network, runFolder: store.runFolder)
            request.network = { try await source.read() }
        } else if kind.contains(where: { $0.name == .network }) {
            throw ValidationError("--kind network needs --network.")
        }
        if progress {
            let console = Console()
            request.progress = { step in
                console.complain("\(step.check.rawValue): \(step.rows) \(step.activity)")
            }
        }
        return request
    }
}

/// A family of checks on the command line.
struct CheckArgument: ExpressibleByArgument, Sendable {
    let name: CheckName

    init?(argument: String) {
        guard let name = CheckName(rawValue: argument) else { return nil }
        self.name = name
    }

    static var allValueStrings: [String] { CheckName.allCases.map(\.rawValue) }
}

/// A moment on the command line.
struct Moment: ExpressibleByArgument, Sendable {
    let time: Timestamp

    init?(argument: String) {
        let text = argument.contains("T") ? argument : argument + "T00:00:00Z"
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        time = Timestamp(secondsSinceEpoch: Int64(date.timeIntervalSince1970.rounded(.down)))
    }
}
