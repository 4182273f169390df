/// (n): events delivered to receivers on the same machine.
///
/// A backlog says how much is delivered in a second, a steady flow how long an event takes, and one
/// endpoint that hangs what that costs the others.
struct WebhookCase: BenchmarkCase {
    private static let manyEndpoints = 1_000
    private static let backlogPayments = 1_000
    private static let batch = 100
    /// Payments in a second of the steady flow, and in one of its transactions.
    private static let flowPerSecond = 40.0
    private static let flowBatch = 2
    private static let fairEndpoints = 10

    let name = "webhooks"
    let summary =
        "deliveries from commit to 2xx, to 1 and to 1,000 endpoints, and beside a hanging one"

    func run(_ context: BenchmarkContext) async throws -> [Figure] {
        let sink = try await WebhookSink.start()
        let figures: [Figure]
        do {
            figures =
                try await throughput(context, sink) + fairness(context, sink)
        } catch {
            try? await sink.stop()
            throw error
        }
        try await sink.stop()
        return figures
    }

    private func throughput(
        _ context: BenchmarkContext,
        _ sink: WebhookSink
    ) async throws -> [Figure] {
        let labs = [
            (1, try await WebhookLab(1, context, sink: sink)),
            (
                Self.manyEndpoints,
                try await WebhookLab(
                    context.plan.isQuick ? Self.manyEndpoints / 4 : Self.manyEndpoints,
                    context,
                    sink: sink
                )
            ),
        ]
        let rounds = try await context.interleaved(
            labs.map { count, lab in
                Measurement("delivered to \(count)") { _ in try await backlog(lab) }
            }
        )
        var figures: [Figure] = []
        for (count, lab) in labs {
            let title = Decimals.text(Double(lab.merchants.count))
            guard let measured = rounds["delivered to \(count)"] else { continue }
            figures.append(
                measured.figure(
                    "n.\(count)",
                    "(n) delivered, endpoints: \(title)",
                    target: .atLeast(ratio: 1)
                )
            )
            let (p50, p99) = try await flow(lab, context.plan.roundSeconds)
            figures += [
                Figure(
                    "n.\(count).p50",
                    "(n) commit to 2xx, endpoints: \(title): p50",
                    unit: "ms",
                    value: .once(p50)
                ),
                Figure(
                    "n.\(count).p99",
                    "(n) commit to 2xx, endpoints: \(title): p99",
                    unit: "ms",
                    value: .once(p99)
                ),
            ]
        }
        return figures
    }

    /// Stores many payments while the service is stopped, and counts from when it goes on, with the
    /// fan-out before it, to the last 2xx.
    private func backlog(_ lab: WebhookLab) async throws -> Double {
        let before = lab.sink.taken
        let told = try await lab.withServiceStopped {
            try await lab.pay(Self.backlogPayments, batch: Self.batch)
        }
        let start = ContinuousClock.now
        let count = told.reduce(0, +)
        try await lab.wait(for: count, after: before)
        return Double(count) / (ContinuousClock.now - start).seconds
    }

    private func flow(_ lab: WebhookLab, _ seconds: Double) async throws -> (Double, Double) {
        let since = WebhookLab.now()
        let before = lab.sink.taken
        let told = try await lab.pay(
            Int(seconds * Self.flowPerSecond),
            batch: Self.flowBatch,
            perSecond: Self.flowPerSecond
        )
        try await lab.wait(for: told.reduce(0, +), after: before)
        return try await lab.latencies(since: since)
    }

    /// The nine others, before the tenth begins to hang and while it does.
    private func fairness(
        _ context: BenchmarkContext,
        _ sink: WebhookSink
    ) async throws -> [Figure] {
        let lab = try await WebhookLab(Self.fairEndpoints, context, sink: sink)
        var well: [Double] = []
        var beside: [Double] = []
        for _ in 0..<context.plan.rounds {
            well.append(
                try await others(lab, context.plan.roundSeconds, taking: 0..<Self.fairEndpoints)
            )
        }
        // It never comes back: what it is told of then waits for it as long as this runs.
        try await lab.move(0, to: sink.hangingURL)
        for _ in 0..<context.plan.rounds {
            beside.append(
                try await others(lab, context.plan.roundSeconds, taking: 1..<Self.fairEndpoints)
            )
        }
        let ratios = zip(beside, well).map { $0 / $1 }
        return [
            Figure(
                "n.fair.p99",
                "(n) nine of ten endpoints: p99 while all are well",
                unit: "ms",
                value: Spread(well)
            ),
            Figure(
                "n.fair.hanging.p99",
                "(n) nine of ten endpoints: p99 while the tenth hangs",
                unit: "ms",
                value: Spread(beside)
            ),
            Figure(
                "n.fair.ratio",
                "(n) the one through the other",
                unit: "",
                value: Spread(ratios),
                target: .atMost(1.5)
            ),
        ]
    }

    /// The p99 of nine, once everything that is taken has been.
    private func others(
        _ lab: WebhookLab,
        _ seconds: Double,
        taking endpoints: Range<Int>
    ) async throws -> Double {
        let since = WebhookLab.now()
        let before = lab.sink.taken
        let told = try await lab.pay(
            Int(seconds * Self.flowPerSecond),
            batch: Self.flowBatch,
            perSecond: Self.flowPerSecond
        )
        try await lab.wait(for: told[endpoints].reduce(0, +), after: before)
        return try await lab.latencies(since: since, leavingOut: [0]).p99
    }
}
