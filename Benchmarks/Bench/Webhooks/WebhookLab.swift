import AsyncHTTPClient
import EventStore
import Foundation
import Glibc
import JSON
import Money
import NIOCore
import NIOHTTP1
import Payments
import Postgres

/// Merchants with one endpoint each, and payments of theirs that the stack's webhook service tells.
///
/// The payments are stored by the product's own rules and stores, durably, without gateway and
/// network: so the machine delivers, and does little else.
struct WebhookLab: Sendable {
    /// Made at the same time.
    private static let makers = 16
    private static let deliveryTimeout = Duration.seconds(120)

    let context: BenchmarkContext
    let sink: WebhookSink
    let merchants: [Merchant]
    let endpoints: [String]
    private let keys: [String]
    private let loader: StoredPaymentLoader
    private let templates: [StoredPayments.Template]

    /// Makes so many merchants through the API, and an endpoint for each.
    init(_ count: Int, _ context: BenchmarkContext, sink: WebhookSink) async throws {
        self.context = context
        self.sink = sink
        loader = StoredPaymentLoader(context: context)
        var made: [(merchant: String, key: String, endpoint: String)] = []
        for start in stride(from: 0, to: count, by: Self.makers) {
            made += try await withThrowingTaskGroup(
                of: (merchant: String, key: String, endpoint: String).self
            ) { tasks in
                for _ in start..<min(start + Self.makers, count) {
                    tasks.addTask { try await Self.make(context, url: sink.url) }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
        }
        made.sort { $0.merchant < $1.merchant }
        endpoints = made.map(\.endpoint)
        keys = made.map(\.key)
        let loader = loader
        let ids = made.map(\.merchant)
        (merchants, templates) = try await context.withPool(context.databaseURL) { pool in
            (try await loader.merchants(ids, pool), try await loader.templates(pool))
        }
        guard merchants.count == count else {
            throw BenchmarkError("merchants were not found again")
        }
    }

    private static func make(
        _ context: BenchmarkContext,
        url: String
    ) async throws -> (merchant: String, key: String, endpoint: String) {
        let base = context.stack.gatewayURL
        let merchant = try await post("\(base)/v1/demo/merchants", "", key: nil)
        guard let id = merchant["id"]?.asString, let key = merchant["secret_key"]?.asString else {
            throw BenchmarkError("no merchant was made")
        }
        let form = "url=\(url)&enabled_events[0]=*"
        let endpoint = try await post("\(base)/v1/webhook_endpoints", form, key: key)
        guard let endpointID = endpoint["id"]?.asString else {
            throw BenchmarkError("no webhook endpoint was made")
        }
        return (id, key, endpointID)
    }

    private static func post(_ url: String, _ form: String, key: String?) async throws -> JSON {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        request.body = .bytes(ByteBuffer(string: form))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let body = try await response.body.collect(upTo: 65_536)
        guard response.status == .ok else {
            throw BenchmarkError("\(url) answered \(response.status): \(String(buffer: body))")
        }
        return try JSON(parsing: Array(buffer: body))
    }

    /// Moves one merchant's endpoint to another address.
    func move(_ index: Int, to url: String) async throws {
        _ = try await Self.post(
            "\(context.stack.gatewayURL)/v1/webhook_endpoints/\(endpoints[index])",
            "url=\(url)",
            key: keys[index]
        )
    }

    /// Stores payments of merchants in turn, and returns how many events each merchant is told of.
    ///
    /// They come in transactions of one batch each, so many in a second or as fast as they can.
    func pay(_ count: Int, batch: Int, perSecond: Double? = nil) async throws -> [Int] {
        let accepted = templates.filter(\.isAccepted)
        var payments = try StoredPayments(
            templates: accepted,
            seed: context.plan.seed &+ UInt64(Date().timeIntervalSince1970 * 1_000)
        )
        return try await context.withPool(context.databaseURL) { pool in
            let start = ContinuousClock.now
            var told = Array(repeating: 0, count: merchants.count)
            for first in stride(from: 0, to: count, by: batch) {
                if let perSecond {
                    try await Task.sleep(until: start + .seconds(Double(first) / perSecond))
                }
                var made: [(merchant: Merchant, template: StoredPayments.Template, at: Timestamp)] =
                    []
                for index in first..<min(first + batch, count) {
                    let now = Self.now()
                    let merchant = merchants[index % merchants.count]
                    made.append((merchant, payments.request(at: now), now))
                }
                let stored = try await loader.store(made, isDurable: true, pool)
                // As the orchestrator does after each commit.
                _ = try await pool.query("SELECT pg_notify(\(FeedCursor.channel), '')")
                for (offset, events) in stored.enumerated() {
                    told[(first + offset) % merchants.count] += try Self.toldCount(events)
                }
            }
            return told
        }
    }

    /// Stops the service's process for as long as the closure runs; it notices nothing but the time.
    func withServiceStopped<Output>(_ body: () async throws -> Output) async throws -> Output {
        guard let process = context.stack.processID(of: "webhook") else {
            throw BenchmarkError("the webhook service does not run")
        }
        kill(process, SIGSTOP)
        defer { kill(process, SIGCONT) }
        return try await body()
    }

    private static func toldCount(_ events: [RecordedEvent]) throws -> Int {
        var aggregates = Aggregates()
        var count = 0
        for recorded in events where EventSubject.isTold(recorded.stream) {
            try aggregates.apply(recorded)
            guard let after = aggregates.subject(of: recorded.stream) else { continue }
            count += apiEvents(for: recorded.event, after: after).count
        }
        return count
    }

    /// The time that events and attempts are stamped with.
    static func now() -> Timestamp {
        Timestamp(microsecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    /// Waits until so many more have been taken than there were.
    func wait(for count: Int, after before: Int) async throws {
        let deadline = ContinuousClock.now + Self.deliveryTimeout
        while sink.taken < before + count {
            guard .now < deadline else {
                throw BenchmarkError(
                    "only \(sink.taken - before) of \(count) deliveries came in time"
                )
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// From before an event's transaction to the end of the attempt that delivered it, as the delivery
    /// log has it: p50 and p99 in milliseconds, over all merchants but those left out.
    func latencies(
        since: Timestamp,
        leavingOut: Set<Int> = []
    ) async throws -> (p50: Double, p99: Double) {
        let ids = merchants.indices.filter { !leavingOut.contains($0) }
            .map { merchants[$0].id.rawValue }
        let from = PostgresTimestamp(microsecondsSinceEpoch: since.microsecondsSinceEpoch)
        return try await context.withPool(context.databaseURL) { pool in
            let rows = try await pool.query(
                """
                SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY microseconds),
                    percentile_disc(0.99) WITHIN GROUP (ORDER BY microseconds)
                FROM (
                    SELECT (extract(epoch FROM attempt.started_at - delivery.event_at) * 1000000)
                        ::bigint + attempt.total_microseconds AS microseconds
                    FROM webhook_delivery delivery
                    JOIN webhook_attempt attempt
                        ON attempt.merchant_id = delivery.merchant_id
                        AND attempt.delivery_id = delivery.id
                    WHERE delivery.merchant_id = ANY (\(ids)::text[])
                        AND delivery.event_at >= \(from) AND attempt.outcome = 'delivered'
                ) AS delivered
                """
            )
            let (p50, p99) = try rows[0].decode((Int64, Int64).self)
            return (Double(p50) / 1_000, Double(p99) / 1_000)
        }
    }
}
