import Postgres

/// (f) to (i): the stores alone, through the product's own client, without services.
struct StoreCases: BenchmarkCase {
    let name = "stores"
    let summary = "journals, events with wake-up, jobs and the feed, through our own client"

    func run(_ context: BenchmarkContext) async throws -> [Figure] {
        let lab = try await StoreLab(context, database: "bench_stores")
        let feedLab = try await StoreLab(context, database: "bench_feed")
        return try await lab.withPool(role: "gateway", connections: 4) { gateway in
            try await lab.withPool(role: "orchestrator") { orchestrator in
                try await feedLab.withPool(role: "orchestrator", connections: 2) { reader in
                    let feed = FeedReading(lab: feedLab, pool: reader, readers: 2)
                    try await feed.prepare()
                    return try await measure(
                        context,
                        journals: JournalPosting(lab, pool: orchestrator),
                        appending: EventAppending(lab, pool: orchestrator),
                        jobs: JobRunning(lab: lab, gateway: gateway, orchestrator: orchestrator),
                        feed: feed
                    )
                }
            }
        }
    }

    private func measure(
        _ context: BenchmarkContext,
        journals: JournalPosting,
        appending: EventAppending,
        jobs: JobRunning,
        feed: FeedReading
    ) async throws -> [Figure] {
        let batches =
            context.plan.isQuick ? JournalPosting.quickBatches : JournalPosting.batches
        let rounds = try await context.interleaved(
            batches.map { journals.measurement(batch: $0) }
                + [appending.measurement, jobs.measurement, feed.measurement]
        )
        try await journals.verify()
        var figures = batches.compactMap { size in
            rounds[JournalPosting.name(size)].map { JournalPosting.figure(size, $0) }
        }
        figures += rounds[EventAppending.name].map { [EventAppending.figure($0)] } ?? []
        figures += rounds[JobRunning.name].map { [JobRunning.figure($0)] } ?? []
        figures += rounds[FeedReading.name].map { [feed.figure($0)] } ?? []
        return figures
    }
}
