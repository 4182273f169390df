import ArgumentParser
import Foundation

/// `bench peers`: measures other systems in turns with a stack of ours.
struct PeersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "Measure other systems on this machine, in turns with a stack of our own."
    )

    @Flag(help: "Fewer merchants and shorter rounds.")
    var quick = false

    @Option(help: "The seed of all choices: merchants, cards, amounts and keys.")
    var seed: UInt64 = 1

    @Option(help: "Only these, with commas: localstripe, queues.")
    var only: String?

    @Option(help: "Python with the packages of requirements.txt.")
    var python = ".build/peers/bin/python"

    @Option(help: "The folder of the peers' programs.")
    var programs = "Benchmarks/Peers"

    @Option(help: "Where the results go, as JSON.")
    var json = ".build/bench-peers.json"

    @Option(help: "Folder for the stack's files while it runs; removed at the end.")
    var state = ".local-bench"

    func run() async throws {
        let console = Console()
        let run = BenchmarkRun(
            plan: BenchmarkPlan(isQuick: quick, seed: seed),
            cases: try chosenCases(),
            state: URL(fileURLWithPath: state).standardizedFileURL.path,
            progress: Progress()
        )
        let results = try await RunCommand.untilInterrupted { try await run.measure() }
        try results.write(to: json)
        let table = ResultsTable(
            results,
            ratioTitle: "ours ÷ theirs",
            explanation: "each round of ours is divided by the peer's of the same minute"
        )
        console.say(table.text)
        console.say("written to \(json)")
        if !results.problems.isEmpty { throw ExitCode.failure }
    }

    private func chosenCases() throws -> [any BenchmarkCase] {
        let program = PeerProgram(python: python, folder: programs)
        let known: [any BenchmarkCase] = [
            LocalstripeCase(program: program), QueuePeersCase(program: program),
        ]
        guard let only else { return known }
        return try only.split(separator: ",").map { name in
            guard let chosen = known.first(where: { $0.name == name }) else {
                throw ValidationError("There is no peer \(name).")
            }
            return chosen
        }
    }
}
