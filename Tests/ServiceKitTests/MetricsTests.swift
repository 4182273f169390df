import ServiceKit
import Testing

@Suite("Metrics")
struct MetricsTests {
    private let metrics = Metrics()

    @Test("are Prometheus text, ordered by name")
    func text() {
        let requests = metrics.counter(
            "http_requests_total",
            help: "Requests.",
            labels: ["route", "status"]
        )
        requests.increment(by: 1, "/v1/charges", "200")
        requests.increment(by: 2, "/v1/charges", "200")
        metrics.gauge("connections_in_use", help: "Connections.").set(3)
        metrics.observed("queue_length", help: "Waiting.") { 7 }
        #expect(
            metrics.text() == """
                # HELP connections_in_use Connections.
                # TYPE connections_in_use gauge
                connections_in_use 3
                # HELP http_requests_total Requests.
                # TYPE http_requests_total counter
                http_requests_total{route="/v1/charges",status="200"} 3
                # HELP queue_length Waiting.
                # TYPE queue_length gauge
                queue_length 7

                """
        )
    }

    @Test("show a counter without labels before it is first raised")
    func zero() {
        _ = metrics.counter("failures_total", help: "Failures.")
        #expect(metrics.text().contains("\nfailures_total 0\n"))
    }

    @Test("count durations in buckets that include those below")
    func histogram() {
        let durations = metrics.durations(
            "commit_duration_seconds",
            help: "Commits.",
            boundsSeconds: [0.1, 1]
        )
        for milliseconds in [50, 100, 500, 2_000] {
            durations.record(.milliseconds(milliseconds))
        }
        let text = metrics.text()
        #expect(text.contains("commit_duration_seconds_bucket{le=\"0.1\"} 2\n"))
        #expect(text.contains("commit_duration_seconds_bucket{le=\"1\"} 3\n"))
        #expect(text.contains("commit_duration_seconds_bucket{le=\"+Inf\"} 4\n"))
        #expect(text.contains("commit_duration_seconds_count 4\n"))
        #expect(text.contains("commit_duration_seconds_sum 2.65\n"))
    }

    @Test("gather what exceeds the bound of labels under one name")
    func boundedLabels() {
        let counter = metrics.counter("seen_total", help: "Seen.", labels: ["who"])
        for number in 0..<Metrics.seriesLimit + 50 { counter.increment(by: 1, "visitor \(number)") }
        let text = metrics.text()
        #expect(text.contains("seen_total{who=\"other\"} 50\n"))
        #expect(text.split(separator: "\n").count == 2 + Metrics.seriesLimit + 1)
    }

    @Test("give the same metric to everyone who asks for its name")
    func sharedByName() {
        metrics.counter("shared_total", help: "Shared.").increment()
        metrics.counter("shared_total", help: "Shared.").increment()
        #expect(metrics.text().contains("\nshared_total 2\n"))
    }

    @Test("escape what would break a line")
    func escaping() {
        let counter = metrics.counter("odd_total", help: "Odd.", labels: ["value"])
        counter.increment(by: 1, "a\"b\\c\nd")
        #expect(metrics.text().contains("odd_total{value=\"a\\\"b\\\\c\\nd\"} 1\n"))
    }
}
