import CommandQueue
import MerchantAPI
import ServiceKit
import Synchronization
import Testing

@testable import Gateway

/// What happens when more is asked than can be served.
@Suite("Admission", .timeLimit(.minutes(1)))
struct AdmissionTests {
    private static let pay = "amount=5000&currency=inr"

    /// Holds requests in the handler until it is opened.
    private final class Gate: CommandDesk {
        private let opening = AsyncStream<Void>.makeStream()
        private let arrivals = AsyncStream<Void>.makeStream()

        /// Returns when one more request is inside.
        func arrival() async {
            for await _ in arrivals.stream { return }
        }

        func open() { opening.continuation.finish() }

        func submit(_ submission: Submission) async throws -> SubmissionResult {
            arrivals.continuation.yield()
            for await _ in opening.stream {}
            return .accepted(commandID: 1)
        }

        func reply(
            to commandID: Int64,
            within duration: Duration,
            orElse lateReply: @Sendable () async throws -> StoredReply
        ) async throws -> StoredReply {
            StoredReply(status: 200, body: Array("{}".utf8))
        }
    }

    private func full(
        _ limits: AdmissionLimits,
        _ body: (Bench, Metrics) async throws -> Void
    )
        async throws
    {
        let gate = Gate()
        let metrics = Metrics()
        let bench = Bench(answering: gate, admission: Admission(limits), metrics: metrics)
        async let held = bench.post("/v1/payment_intents", Self.pay)
        await gate.arrival()
        try await body(bench, metrics)
        gate.open()
        #expect(try await held.status == 200)
        #expect(bench.responder.admission.writes == 0)
    }

    @Test("A payment beyond the limit is told to come back, and nothing was done for it")
    func shed() async throws {
        var limits = AdmissionLimits()
        limits.maximumWritesBeforeCreate = 1
        try await full(limits) { bench, metrics in
            let answer = try await bench.post("/v1/payment_intents", Self.pay)
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") == "1")
            #expect(answer.header("Stripe-Should-Retry") == "true")
            #expect(
                metrics.text().contains(#"gateway_shed_requests_total{class="create"} 1"#)
            )
        }
    }

    @Test("Captures, refunds, cancellations and reads get in where payments do not any more")
    func classes() async throws {
        let admission = Admission(
            AdmissionLimits(maximumWrites: 2, maximumWritesBeforeCreate: 1, maximumReads: 1)
        )
        let entered: Void? = await admission.run(.create) {
            #expect(await admission.run(.create, {}) == nil)
            #expect(await admission.run(.read, {}) != nil)
            let second: Void? = await admission.run(.complete) {
                #expect(await admission.run(.complete, {}) == nil)
                #expect(admission.writes == 2)
            }
            #expect(second != nil)
        }
        #expect(entered != nil)
        #expect(admission.writes == 0)
        #expect(admission.reads == 0)
    }

    @Test("Room is given back when the work fails")
    func failure() async {
        let admission = Admission()
        await #expect(throws: CancellationError.self) {
            try await admission.run(.read) { () async throws -> Void in
                throw CancellationError()
            }
        }
        #expect(admission.reads == 0)
    }

    @Test("Whatever moves or frees money already promised is of the class that keeps room")
    func operations() {
        let completing = Endpoint.all.filter { RequestClass($0) == .complete }.map(\.operation)
        #expect(
            Set(completing) == [.capturePaymentIntent, .cancelPaymentIntent, .createRefund]
        )
        for endpoint in Endpoint.all {
            #expect((RequestClass(endpoint) == .read) == (endpoint.method == .get))
        }
    }

    @Test("The gateway's stages are measured when that is asked for, and not otherwise")
    func stages() async throws {
        let traced = Metrics()
        let bench = Bench(metrics: traced, tracesStages: true)
        _ = try await bench.post("/v1/payment_intents", Self.pay)
        #expect(traced.text().contains(#"stage_seconds_count{stage="submitted"} 1"#))
        #expect(traced.text().contains(#"stage_seconds_count{stage="replied"} 1"#))
        let quiet = Metrics()
        _ = try await Bench(metrics: quiet).post("/v1/payment_intents", Self.pay)
        #expect(!quiet.text().contains("stage_seconds"))
    }
}
