/// (a) to (e): what merchants do, through the gateway.
struct PaymentCases: BenchmarkCase {
    let name = "payments"
    let summary = "whole payments, captures, refunds, reads and replays through the API"

    func run(_ context: BenchmarkContext) async throws -> [Figure] {
        let usage = UsageMeter(context)
        let load = context.load
        let rounds = try await context.interleaved(
            LoadKind.allCases.map { kind in
                Measurement(kind.rawValue) { seconds in
                    let watchesUsage = kind == .payment
                    if watchesUsage { try await usage.begin() }
                    let report = try await load.run(context.closedLoop(kind, seconds))
                    if watchesUsage { try await usage.end(report) }
                    return report.perSecond
                }
            }
        )
        var figures = LoadKind.allCases.compactMap { kind in
            rounds[kind.rawValue].map { $0.figure(kind.figure, kind.title, target: kind.target) }
        }
        let sustained = rounds[LoadKind.payment.rawValue]?.value.median ?? 1
        figures.insert(
            contentsOf: try await openLoop(context, perSecond: sustained / 2),
            at: 1
        )
        return figures + (try await usage.figures())
    }

    /// (a) again, with payments arriving at half the rate that the closed loop reached.
    private func openLoop(
        _ context: BenchmarkContext,
        perSecond: Double
    ) async throws -> [Figure] {
        var p50: [Double] = []
        var p99: [Double] = []
        for round in 1...context.plan.rounds {
            let report = try await context.load.run(
                LoadRound(
                    kind: .payment,
                    seconds: context.plan.roundSeconds,
                    connections: OverloadCase.connections,
                    arrivalsPerSecond: perSecond,
                    ports: [context.stack.port]
                )
            )
            context.progress.say(
                "  round \(round)/\(context.plan.rounds)  open loop at "
                    + "\(Decimals.text(perSecond))/s: p50 \(Decimals.text(report.latency.p50)) ms, "
                    + "p99 \(Decimals.text(report.latency.p99)) ms"
            )
            p50.append(report.latency.p50)
            p99.append(report.latency.p99)
        }
        let rate = Decimals.text(perSecond)
        return [
            Figure(
                "a.open.p50",
                "(a) at half of that, arriving at \(rate)/s: p50",
                unit: "ms",
                value: Spread(p50),
                target: .atMost(10)
            ),
            Figure(
                "a.open.p99",
                "(a) at half of that, arriving at \(rate)/s: p99",
                unit: "ms",
                value: Spread(p99),
                target: .atMost(50)
            ),
        ]
    }
}

extension LoadKind {
    /// The name that the figure keeps.
    var figure: String {
        switch self {
        case .payment: "a.closed"
        case .authorizeAndCapture: "b.pairs"
        case .refund: "c.refunds"
        case .retrieve: "d.retrieve"
        case .list: "d.list"
        case .replay: "e.replay"
        }
    }

    var title: String {
        switch self {
        case .payment: "(a) whole payment in one call"
        case .authorizeAndCapture: "(b) authorize, then capture"
        case .refund: "(c) refund"
        case .retrieve: "(d) retrieve a payment"
        case .list: "(d) list the newest 10"
        case .replay: "(e) the same request again, with its key"
        }
    }

    var target: Target? {
        switch self {
        case .payment: .atLeast(ratio: 1)
        case .authorizeAndCapture: .atLeast(ratio: 0.6)
        case .refund: nil
        case .retrieve: .atLeast(ratio: 3)
        case .list: .atLeast(ratio: 1)
        case .replay: .atLeast(ratio: 2)
        }
    }
}

extension BenchmarkContext {
    /// All connections always busy.
    func closedLoop(_ kind: LoadKind, _ seconds: Double, ports: [Int]? = nil) -> LoadRound {
        LoadRound(
            kind: kind,
            seconds: seconds,
            connections: plan.inFlight,
            ports: ports ?? [stack.port]
        )
    }
}
