import ServiceKit
import WebhookStore
import Webhooks

/// What the webhook service counts.
struct WebhookMetrics: Sendable {
    private let facts: Counter
    private let deliveries: Counter
    private let attempts: Counter
    private let durations: DurationHistogram
    private let batches: Counter
    private let reports: Counter
    private let flying: Gauge

    init(_ metrics: Metrics) {
        facts = metrics.counter("webhook_facts_total", help: "facts of the feed that were read")
        deliveries = metrics.counter("webhook_deliveries_total", help: "deliveries that were made")
        attempts = metrics.counter(
            "webhook_attempts_total",
            help: "attempts by how they ended",
            labels: ["outcome"]
        )
        durations = metrics.durations(
            "webhook_attempt_seconds",
            help: "how long attempts took, by how they ended",
            labels: ["outcome"]
        )
        batches = metrics.counter(
            "webhook_attempt_batches_total",
            help: "transactions that stored attempts"
        )
        reports = metrics.counter(
            "webhook_reports_total",
            help: "warnings and ends of endpoints that were reported"
        )
        flying = metrics.gauge("webhook_in_flight", help: "deliveries in flight")
    }

    func fannedOut(facts count: Int, deliveries made: Int) {
        facts.increment(by: count)
        deliveries.increment(by: made)
    }

    func attempted(_ record: AttemptRecord) {
        attempts.increment(by: 1, record.outcome.name)
        durations.record(.microseconds(record.timings.total ?? 0), record.outcome.name)
    }

    func stored(_ count: Int) { batches.increment() }

    func reported(_ count: Int) { reports.increment(by: count) }

    func inFlight(_ count: Int) { flying.set(Double(count)) }
}
