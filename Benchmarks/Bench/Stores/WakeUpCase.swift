import CommandQueue
import Postgres

/// (j): how long a committed job waits until it is claimed.
///
/// Quiet, one commit every few milliseconds wakes an idle worker. Loaded, sixteen clients commit
/// without a pause. Lost, nobody is notified, and the worker's poll is all there is.
struct WakeUpCase: BenchmarkCase {
    let name = "wakeups"
    let summary = "from commit to claim: quiet, loaded, and with every notification lost"

    /// Commits of a quiet round, and the pause before each.
    private static let quietCommits = 100
    private static let quietPauseMilliseconds = 10...20
    private static let lostPauseMilliseconds = 900...1_900

    func run(_ context: BenchmarkContext) async throws -> [Figure] {
        let lab = try await StoreLab(context, database: "bench_wakeups")
        return try await lab.withPool(role: "gateway") { gateway in
            try await lab.withPool(role: "orchestrator", connections: 4) { orchestrator in
                func probe(notifies: Bool) -> ClaimProbe {
                    ClaimProbe(
                        lab: lab,
                        gateway: gateway,
                        orchestrator: orchestrator,
                        notifies: notifies
                    )
                }
                return try await measure(
                    context,
                    notified: probe(notifies: true),
                    lost: probe(notifies: false)
                )
            }
        }
    }

    private func measure(
        _ context: BenchmarkContext,
        notified: ClaimProbe,
        lost: ClaimProbe
    ) async throws -> [Figure] {
        var quiet: [Latencies.Summary] = []
        var loaded: [Latencies.Summary] = []
        var unheard: [Latencies.Summary] = []
        for round in 1...context.plan.rounds {
            quiet.append(
                try await paced(notified, Self.quietCommits, Self.quietPauseMilliseconds)
            )
            loaded.append(try await unpaced(notified, seconds: context.plan.roundSeconds / 2))
            unheard.append(
                try await paced(lost, context.plan.isQuick ? 2 : 5, Self.lostPauseMilliseconds)
            )
            context.progress.say(
                "  round \(round)/\(context.plan.rounds)  wake-up, p99 or highest: quiet "
                    + "\(Decimals.text(quiet[round - 1].p99)) ms, loaded "
                    + "\(Decimals.text(loaded[round - 1].p99)) ms, notifications lost "
                    + "\(Decimals.text(unheard[round - 1].highest)) ms"
            )
        }
        return Self.figures(quiet: quiet, loaded: loaded, lost: unheard)
    }

    private static func figures(
        quiet: [Latencies.Summary],
        loaded: [Latencies.Summary],
        lost: [Latencies.Summary]
    ) -> [Figure] {
        func figure(
            _ name: String,
            _ title: String,
            _ rounds: [Double],
            _ target: Target? = nil
        ) -> Figure {
            Figure(
                "j.\(name)",
                "(j) from commit to claim, \(title)",
                unit: "ms",
                value: Spread(rounds),
                target: target
            )
        }
        let poll = WakeUps.Poll().longest.seconds * 1_000
        return [
            figure("quiet.p50", "quiet: p50", quiet.map(\.p50)),
            figure("quiet.p99", "quiet: p99", quiet.map(\.p99), .atMost(10)),
            figure("loaded.p50", "loaded: p50", loaded.map(\.p50)),
            figure("loaded.p99", "loaded: p99", loaded.map(\.p99)),
            figure("lost.highest", "notifications lost", lost.map(\.highest), .atMost(poll)),
        ]
    }

    /// One client, with a pause before each commit.
    private func paced(
        _ probe: ClaimProbe,
        _ commits: Int,
        _ pauseMilliseconds: ClosedRange<Int>
    ) async throws -> Latencies.Summary {
        let samples = probe.lab.samples()
        return try await probe.latencies(clients: 1) { committer in
            var samples = samples
            for _ in 0..<commits {
                let pause = samples.pause(pauseMilliseconds)
                try await Task.sleep(for: .milliseconds(pause))
                try await committer.commit(&samples)
            }
        }
        .summary
    }

    /// Sixteen clients without a pause.
    private func unpaced(
        _ probe: ClaimProbe,
        seconds: Double
    ) async throws -> Latencies.Summary {
        let end = ContinuousClock.now + .seconds(seconds)
        return try await probe.latencies(clients: StoreLab.clients) { committer in
            var samples = probe.lab.samples()
            while .now < end { try await committer.commit(&samples) }
        }
        .summary
    }
}
