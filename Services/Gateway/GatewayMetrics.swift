import ServiceKit

/// What the gateway counts.
struct GatewayMetrics: Sendable {
    private let requests: Counter
    private let durations: DurationHistogram
    private let refusals: Counter
    private let shed: Counter

    init(_ metrics: Metrics) {
        requests = metrics.counter(
            "gateway_requests_total",
            help: "answered requests",
            labels: ["operation", "status"]
        )
        durations = metrics.durations(
            "gateway_request_seconds",
            help: "time from a request's head to its answer",
            labels: ["operation"]
        )
        refusals = metrics.counter(
            "gateway_refused_requests_total",
            help: "requests that were no valid HTTP, too large or too slow",
            labels: ["status"]
        )
        shed = metrics.counter(
            "gateway_shed_requests_total",
            help: "requests that there was no room for, by class",
            labels: ["class"]
        )
    }

    func count(_ operation: String, status: Int, duration: Duration) {
        requests.increment(by: 1, operation, String(status))
        durations.record(duration, operation)
    }

    func countShed(_ requestClass: RequestClass) { shed.increment(by: 1, requestClass.rawValue) }

    func countRefusal(status: Int) { refusals.increment(by: 1, String(status)) }
}
