import JSON
import Money
import Payments
import Postgres
import ServiceKit
import Testing

@testable import Orchestrator

@Suite("Running payments", .timeLimit(.minutes(1)))
struct PaymentTests {
    @Test("One command creates, confirms and captures, and the books split the fee")
    func wholePayment() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork()
        try await lab.running([try lab.orchestrator(network)]) {
            let reply = try await lab.ask(Sample.pay(1))
            #expect(reply.status == 200)
            #expect(try reply.body.string("status") == "succeeded")
            #expect(try reply.body.integer("amount_received") == 100_000)
        }
        #expect(
            try await lab.events(1) == [
                "payment_created", "payment_authorized", "capture_requested", "payment_captured",
            ]
        )
        #expect(try await lab.balance(1100) == 100_000)
        #expect(try await lab.balance(2010) == -97_000)
        #expect(try await lab.balance(4010) == -3_000)
        #expect(network.debitedMinorUnits == 100_000)
        #expect(try await lab.count("SELECT count(*) FROM work") == 0)
        let row = try await lab.owner.query(
            "SELECT state, version, captured_minor, refunded_minor FROM payment"
        )
        let values = try #require(try row.first?.decode((String, Int32, Int64, Int64).self))
        #expect(values == ("captured", 4, 100_000, 0))
        #expect(try await lab.count("SELECT count(*) FROM charge") == 1)
        #expect(try await lab.count("SELECT count(*) FROM payment_method") == 1)
    }

    @Test("Each stage of a payment is measured when that is asked for")
    func stages() async throws {
        let lab = try await Lab.make()
        let metrics = Metrics()
        let stages = StageTrace(metrics, isOn: true)
        try await lab.running([try lab.orchestrator(stages: stages)]) {
            _ = try await lab.ask(Sample.pay(1))
        }
        let text = metrics.text()
        // One authorization and one capture were sent.
        for (stage, count) in [("claimed", 1), ("sent", 2), ("answered", 2)] {
            #expect(text.contains("stage_seconds_count{stage=\"\(stage)\"} \(count)"))
        }
    }

    @Test("A held payment is captured in part, and the rest is let go")
    func partialCapture() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork()
        try await lab.running([try lab.orchestrator(network)]) {
            let held = try await lab.ask(Sample.pay(1, captureMethod: .manual))
            #expect(try held.body.string("status") == "requires_capture")
            let captured = try await lab.ask(Sample.capture(1, 80_000))
            #expect(captured.status == 200)
            #expect(try captured.body.integer("amount_received") == 80_000)
        }
        #expect(network.debitedMinorUnits == 80_000)
        #expect(try await lab.balance(1100) == 80_000)
        #expect(try await lab.count("SELECT count(*) FROM refund") == 1)
    }

    @Test(
        "A refund is set aside, cleared and answered; one too many is refused and leaves no trace"
    )
    func refunds() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork()
        try await lab.running([try lab.orchestrator(network)]) {
            _ = try await lab.ask(Sample.pay(1))
            let refunded = try await lab.ask(Sample.refund(1, of: 1, 40_000))
            #expect(try refunded.body.string("status") == "succeeded")
            let tooMuch = try await lab.ask(Sample.refund(2, of: 1, 60_001))
            #expect(tooMuch.status == 400)
        }
        #expect(network.debitedMinorUnits == 60_000)
        #expect(try await lab.balance(1100) == 60_000)
        #expect(try await lab.balance(2110) == 0)
        #expect(try await lab.count("SELECT count(*) FROM journal") == 3)
        #expect(try await lab.count("SELECT count(*) FROM refund") == 1)
    }

    @Test("A declined card is a 402 with the payment in it, and no money moves")
    func decline() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork { _, _, _ in .refused("51") }
        try await lab.running([try lab.orchestrator(network)]) {
            let reply = try await lab.ask(Sample.pay(1))
            #expect(reply.status == 402)
            #expect(try reply.body.string("error", "decline_code") == "insufficient_funds")
            #expect(
                try reply.body.string("error", "payment_intent", "status")
                    == "requires_payment_method"
            )
        }
        #expect(try await lab.events(1).last == "payment_failed")
        #expect(try await lab.count("SELECT count(*) FROM journal") == 0)
    }

    @Test("A held payment that is canceled is let go at the network")
    func cancel() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork()
        try await lab.running([try lab.orchestrator(network)]) {
            _ = try await lab.ask(Sample.pay(1, captureMethod: .manual))
            #expect(network.heldCount == 1)
            let canceled = try await lab.ask(Sample.cancel(1))
            #expect(try canceled.body.string("status") == "canceled")
        }
        #expect(network.heldCount == 0)
        #expect(try await lab.count("SELECT count(*) FROM journal") == 0)
    }

    @Test("A request that names nothing that exists is answered with an error")
    func unknownPayment() async throws {
        let lab = try await Lab.make()
        try await lab.running([try lab.orchestrator()]) {
            let reply = try await lab.ask(Sample.capture(7))
            #expect((400...404).contains(reply.status))
            #expect(try reply.body.string("error", "code") == "resource_missing")
        }
    }
}
