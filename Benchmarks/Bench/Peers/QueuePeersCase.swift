import Postgres

/// pgqueuer, procrastinate and pgq on our Postgres server, against our (g) and (h).
struct QueuePeersCase: BenchmarkCase {
    let name = "queues"
    let summary = "jobs appended with wake-up, and jobs claimed and completed"

    /// A peer, and how many jobs are stored for each second of a round that it works them off.
    private static let peers: [(name: String, jobsPerSecond: Double)] = [
        ("pgqueuer", 2_000), ("procrastinate", 400), ("pgq", 40_000),
    ]

    let program: PeerProgram

    func run(_ context: BenchmarkContext) async throws -> [Figure] {
        var measurements: [Measurement] = []
        var present: [String] = []
        for peer in Self.peers {
            let database = "peer_\(peer.name)"
            try await context.makeEmptyDatabase(database)
            let url = context.stack.databaseURL(of: database)
            do {
                try await program.run(peer.name, ["prepare", url])
            } catch {
                try Task.checkCancellation()
                context.progress.say("  \(peer.name) is left out: \(error)")
                continue
            }
            present.append(peer.name)
            measurements += [
                Measurement("\(peer.name).append") { seconds in
                    try await program.rate(peer.name, ["append", url, String(seconds)])
                },
                Measurement("\(peer.name).jobs") { seconds in
                    let jobs = Int(seconds * peer.jobsPerSecond)
                    return try await program.rate(peer.name, ["jobs", url, String(jobs)])
                },
            ]
        }
        return Self.figures(try await measure(context, measurements), peers: present)
    }

    private func measure(
        _ context: BenchmarkContext,
        _ peers: [Measurement]
    ) async throws -> [String: Rounds] {
        let lab = try await StoreLab(context, database: "peer_own")
        return try await lab.withPool(role: "gateway", connections: 4) { gateway in
            try await lab.withPool(role: "orchestrator") { orchestrator in
                let appending = try EventAppending(lab, pool: orchestrator)
                let jobs = JobRunning(lab: lab, gateway: gateway, orchestrator: orchestrator)
                return try await context.interleaved(
                    [appending.measurement, jobs.measurement] + peers
                )
            }
        }
    }

    private static func figures(_ rounds: [String: Rounds], peers: [String]) -> [Figure] {
        let works = [
            (key: "append", own: EventAppending.name, title: "appended"),
            (key: "jobs", own: JobRunning.name, title: "claimed and completed"),
        ]
        return works.flatMap { work -> [Figure] in
            guard let own = rounds[work.own] else { return [] }
            let ownFigure = Figure(
                "peer.queues.own.\(work.key)",
                "this gateway: \(work.title)",
                unit: "1/s",
                value: own.value
            )
            return [ownFigure]
                + peers.compactMap { peer in
                    rounds["\(peer).\(work.key)"].map { theirs in
                        Figure(
                            "peer.\(peer).\(work.key)",
                            "\(peer): \(work.title)",
                            unit: "1/s",
                            value: theirs.value,
                            ratio: own.times(theirs)
                        )
                    }
                }
        }
    }
}
