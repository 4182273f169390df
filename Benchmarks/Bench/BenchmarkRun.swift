import Foundation

extension BenchmarkPlan {
    init(isQuick: Bool, seed: UInt64) {
        self.init(
            rounds: 3,
            roundSeconds: isQuick ? 2 : 5,
            baselineSeconds: isQuick ? 2 : 4,
            merchants: isQuick ? 500 : 10_000,
            inFlight: 64,
            seed: seed,
            isQuick: isQuick
        )
    }
}

/// One run of the benchmark, from an empty folder to an empty folder.
struct BenchmarkRun: Sendable {
    let plan: BenchmarkPlan
    let cases: [any BenchmarkCase]
    let state: String
    let progress: Progress

    /// Of each kind of request, before anything is measured.
    private static let warmUpSeconds = 1.0

    /// The executables lie beside this one.
    static func ownFolder() throws -> String {
        let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return (path as NSString).deletingLastPathComponent
    }

    /// Measures; the stack is gone afterwards, also when something failed or was interrupted.
    func measure() async throws -> Results {
        let binaries = try Self.ownFolder()
        guard !FileManager.default.fileExists(atPath: state) else {
            throw BenchmarkError(
                "\(state) is there already, from a run that was killed; remove it with: "
                    + "make clean STATE=\(state)"
            )
        }
        let results: Results
        do {
            results = try await measureStack(binaries)
        } catch {
            await tearDown(binaries)
            throw error
        }
        await tearDown(binaries)
        return results
    }

    private func measureStack(_ binaries: String) async throws -> Results {
        progress.say("starting a stack in \(state)")
        let stack = try await BenchmarkStack.start(state: state, binaries: binaries)
        let pgbench = Pgbench(
            databaseURL: stack.databaseURL(of: Pgbench.databaseName),
            binaries: try PostgresPrograms.folder()
        )
        let load = try LoadGenerator(executable: "\(binaries)/Bench", seed: plan.seed)
        let context = BenchmarkContext(
            plan: plan,
            progress: progress,
            stack: stack,
            pgbench: pgbench,
            load: load
        )
        let results: Results
        do {
            try await prepare(context)
            results = try await measureCases(context)
        } catch {
            try? await load.end()
            throw error
        }
        try await load.end()
        return results
    }

    private func prepare(_ context: BenchmarkContext) async throws {
        progress.say("filling pgbench's tables at scale \(Pgbench.scale)")
        try await context.makeEmptyDatabase(Pgbench.databaseName)
        try await context.pgbench.prepare()
        progress.say("making \(plan.merchants) merchants through the API")
        try await context.load.makeMerchants(plan.merchants, port: context.stack.port)
        progress.say("warming up")
        for kind in LoadKind.allCases {
            _ = try await context.load.run(context.closedLoop(kind, Self.warmUpSeconds))
        }
    }

    private func measureCases(_ context: BenchmarkContext) async throws -> Results {
        var figures: [Figure] = []
        var problems: [String] = []
        for current in cases {
            progress.say("\(current.name): \(current.summary)")
            problems += try await troubles(of: "\(current.name) failed") {
                figures += try await current.run(context)
                return []
            }
        }
        figures += UsageMeter.finalMemory(context.stack)
        progress.say("verifying the books and the network's log")
        problems += try await troubles(of: "the books were not verified") {
            try await BooksCheck.problems(context) + NetworkCheck.problems(context)
        }
        return Results(
            conditions: try await RunConditions.read(context),
            plan: plan,
            baseline: await context.baselines.spread,
            figures: figures,
            problems: problems
        )
    }

    /// What fails is a problem of the run, and the figures of the rest are shown; an end that was
    /// asked for goes on.
    private func troubles(
        of what: String,
        _ work: () async throws -> [String]
    ) async throws -> [String] {
        do {
            return try await work()
        } catch {
            try Task.checkCancellation()
            return ["\(what): \(error)"]
        }
    }

    /// Also when the task is canceled: ending processes waits for them all the same.
    private func tearDown(_ binaries: String) async {
        progress.say("stopping the stack and removing what it stored")
        do {
            try await BenchmarkStack.remove(state: state, binaries: binaries)
        } catch {
            progress.say("\(state) could not be removed: \(error)")
        }
    }
}
