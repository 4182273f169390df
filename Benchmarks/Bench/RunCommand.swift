import ArgumentParser
import Foundation
import Glibc
import UnixSignals

/// `bench run`: starts a stack, measures, verifies, removes the stack, and shows the results.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start a stack of its own, measure, verify the books, and show the figures."
    )

    @Flag(help: "Fewer merchants and shorter rounds; at most three minutes.")
    var quick = false

    @Option(help: "The seed of all choices: merchants, cards, amounts and keys.")
    var seed: UInt64 = 1

    @Option(help: "Only these cases, with commas; --list shows them.")
    var only: String?

    @Flag(help: "List the cases and end.")
    var list = false

    @Option(help: "Where the results go, as JSON.")
    var json = ".build/bench.json"

    @Option(help: "Folder for the stack's files while it runs; removed at the end.")
    var state = ".local-bench"

    @Flag(help: "Store ten million payments as the last step of the growth case.")
    var tenMillion = false

    func run() async throws {
        let console = Console()
        if list {
            for known in BenchmarkCatalog.cases { console.say("\(known.name): \(known.summary)") }
            return
        }
        let run = BenchmarkRun(
            plan: BenchmarkPlan(isQuick: quick, seed: seed),
            cases: try chosenCases(),
            state: URL(fileURLWithPath: state).standardizedFileURL.path,
            progress: Progress()
        )
        let results = try await Self.untilInterrupted { try await run.measure() }
        try results.write(to: json)
        console.say(ResultsTable(results).text)
        console.say("written to \(json)")
        if !results.problems.isEmpty { throw ExitCode.failure }
    }

    private func chosenCases() throws -> [any BenchmarkCase] {
        let last = tenMillion ? [BenchmarkCatalog.tenMillionStored] : []
        guard let only else {
            return BenchmarkCatalog.cases.filter { !quick || !$0.isForFullRunsOnly } + last
        }
        return try only.split(separator: ",").map { name in
            guard let known = BenchmarkCatalog.cases.first(where: { $0.name == name }) else {
                throw ValidationError("There is no case \(name); --list shows them.")
            }
            return known
        }
    }

    /// Cancels the work at the first Ctrl-C, and waits until it has cleaned up.
    static func untilInterrupted<Output: Sendable>(
        _ work: @escaping @Sendable () async throws -> Output
    ) async throws -> Output {
        // A child that has ended is seen when its answer is missing.
        signal(SIGPIPE, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Output?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                for await _ in signals { throw BenchmarkError("interrupted") }
                return nil
            }
            defer { group.cancelAll() }
            while let output = try await group.next() {
                if let output { return output }
            }
            throw BenchmarkError("interrupted")
        }
    }
}
