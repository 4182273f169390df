import CommandQueue
import Payments
import ServiceKit

/// What the orchestrator counts.
struct OrchestratorMetrics: Sendable {
    private let commands: Counter
    private let conflicts: Counter
    private let answers: DurationHistogram
    private let batches: Counter
    private let batchItems: Counter
    private let claims: Counter
    private let givenBack: Counter
    private let foldedBatches: Counter

    init(_ metrics: Metrics) {
        commands = metrics.counter(
            "orchestrator_commands_total",
            help: "commands by kind and by how their run ended",
            labels: ["kind", "end"]
        )
        conflicts = metrics.counter(
            "orchestrator_conflicts_total",
            help: "outcomes decided again because a stream had moved on"
        )
        answers = metrics.durations(
            "orchestrator_network_answer_seconds",
            help: "time until the network answered, by message and outcome",
            labels: ["message", "outcome"]
        )
        batches = metrics.counter(
            "orchestrator_outcome_batches_total",
            help: "transactions that stored outcomes"
        )
        batchItems = metrics.counter(
            "orchestrator_outcomes_total",
            help: "outcomes stored"
        )
        claims = metrics.counter("orchestrator_claims_total", help: "claims that found work")
        givenBack = metrics.counter(
            "orchestrator_swept_total",
            help: "commands that the sweeper gave work again, and expiries it asked for"
        )
        foldedBatches = metrics.counter(
            "orchestrator_folded_batches_total",
            help: "posting batches folded into the checkpoints of rolled-up balances"
        )
    }

    func ended(_ work: ClaimedWork, as end: String) { commands.increment(by: 1, work.kind, end) }

    func conflicted() { conflicts.increment() }

    func stored(_ count: Int) {
        batches.increment()
        batchItems.increment(by: count)
    }

    func claimed() { claims.increment() }

    func swept(_ count: Int) { givenBack.increment(by: count) }

    func folded(_ batches: Int) { foldedBatches.increment(by: batches) }

    func answered(_ effect: NetworkEffect, _ outcome: NetworkOutcome, after duration: Duration) {
        answers.record(duration, effect.label, outcome.label)
    }
}

extension NetworkEffect {
    fileprivate var label: String {
        switch self {
        case .authorize: "authorization"
        case .capture: "capture"
        case .reverse: "reversal"
        case .refund: "refund"
        case .respond: "dispute_answer"
        }
    }
}

extension NetworkOutcome {
    fileprivate var label: String {
        switch self {
        case .approved: "approved"
        case .declined: "declined"
        case .acknowledged: "acknowledged"
        case .refused: "refused"
        case .inProgress: "in_progress"
        case .unknown: "unknown"
        case .notSent: "not_sent"
        }
    }
}
