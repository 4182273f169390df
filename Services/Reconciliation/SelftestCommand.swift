import ArgumentParser
import ReconciliationStore
import ServiceKit

/// `reconciliation selftest`: breaks a scratch store in every way there is, and finds out whether a run
/// finds all of it and nothing else.
struct SelftestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "Plant every class of break in a scratch database and find each of them.",
        discussion: """
            The database is made beside the stack's, with payments of its own, and removed again; \
            nothing of the stack is read or changed. Needs a login that may create databases and \
            switch triggers off.
            """
    )

    @OptionGroup var store: StoreOption

    @Option(help: "Where payments and places come from; a new one each time by default.")
    var seed: UInt64 = .random(in: 0...UInt64.max)

    @Option(help: "How many payments the scratch database has.")
    var payments = 120

    @Flag(help: "Say each break that is tried.")
    var verbose = false

    func validate() throws {
        guard (20...100_000).contains(payments) else {
            throw ValidationError("--payments must be from 20 to 100000.")
        }
    }

    func run() async throws {
        let console = Console()
        console.say("seed \(seed)")
        let isVerbose = verbose
        let verdicts = try await ScratchStore.with(
            beside: try store.configuration(role: nil),
            payments: payments,
            seed: seed,
            now: SystemClock.now()
        ) { scratch in
            try await Selftest(scratch, seed: seed).run { verdict in
                if isVerbose {
                    console.say((verdict.isRight ? "found  " : "WRONG  ") + verdict.name)
                }
                for symptom in verdict.missed {
                    console.complain("missed: \(symptom), after: \(verdict.name)")
                }
                for symptom in verdict.invented {
                    console.complain("invented: \(symptom), after: \(verdict.name)")
                }
            }
        }
        let wrong = verdicts.count { !$0.isRight }
        let classes = verdicts.reduce(into: Set<DiscrepancyClass>()) { classes, verdict in
            classes.formUnion(verdict.expected.map(\.kind))
        }
        console.say(
            "\(verdicts.count) breaks of \(classes.count) classes, \(verdicts.count - wrong) found "
                + "exactly as they are"
        )
        let untried = DiscrepancyClass.allCases.filter { !classes.contains($0) }
        if !untried.isEmpty {
            console.complain("no break of: " + untried.map(\.rawValue).joined(separator: ", "))
        }
        guard wrong == 0, untried.isEmpty else { throw Ended(.discrepancies) }
    }
}
