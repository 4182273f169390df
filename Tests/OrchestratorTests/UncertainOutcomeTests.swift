import JSON
import Payments
import Postgres
import Testing

@testable import Orchestrator

/// The rows of the design's table of uncertain outcomes; after each, our books agree with the
/// network's own.
@Suite("Uncertain outcomes", .timeLimit(.minutes(1)))
struct UncertainOutcomeTests {
    private func expectAgreement(_ lab: Lab, _ network: ScriptedNetwork) async throws {
        #expect(try await lab.balance(1100) == Int(network.debitedMinorUnits))
        #expect(try await lab.balance(2110) == 0)
        #expect(
            try await lab.count("SELECT count(*) FROM payment WHERE unresolved_since IS NOT NULL")
                == 0
        )
    }

    @Test("No connection: nothing was sent, nothing is reversed, the payment fails")
    func notSent() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork { _, _, _ in .notSent }
        try await lab.running([try lab.orchestrator(network)]) {
            let reply = try await lab.ask(Sample.pay(1))
            #expect(reply.status == 402)
            #expect(try reply.body.string("error", "code") == "processing_error")
        }
        #expect(network.count(.reversal) == 0)
        try await expectAgreement(lab, network)
    }

    @Test(
        "An authorization without an answer is reversed, repeatedly, and only then fails",
        arguments: [0, 1, 3]
    )
    func authorizationUnknown(lostReversals: Int) async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork { kind, earlier, _ in
            switch kind {
            case .authorization: .answerLost
            case .reversal: earlier < lostReversals ? .lost : .answered
            case .capture, .refund: .answered
            }
        }
        try await lab.running([try lab.orchestrator(network)]) {
            let reply = try await lab.ask(Sample.pay(1))
            #expect(reply.status == 402)
            #expect(try reply.body.string("error", "code") == "processing_error")
        }
        #expect(network.count(.authorization) == 1)
        #expect(network.count(.reversal) == lostReversals + 1)
        #expect(network.heldCount == 0 && network.debitedMinorUnits == 0)
        #expect(
            try await lab.events(1)
                == ["payment_created", "authorization_unknown", "payment_failed"]
        )
        try await expectAgreement(lab, network)
    }

    @Test("While a reversal is not acknowledged the payment can be seen, and it is processing")
    func processing() async throws {
        let lab = try await Lab.make()
        let gate = Gate()
        let network = ScriptedNetwork { kind, earlier, _ in
            switch kind {
            case .authorization: .lost
            case .reversal: earlier == 0 ? .lost : .held(gate)
            case .capture, .refund: .answered
            }
        }
        try await lab.running([try lab.orchestrator(network)]) {
            let id = try await lab.submit(Sample.pay(1))
            try await eventually { gate.waitingCount == 1 }
            #expect(try await lab.payment(1)?.status == .processing)
            let waiting: Query = "SELECT count(*) FROM payment WHERE unresolved_since IS NOT NULL"
            #expect(try await lab.count(waiting) == 1)
            gate.open()
            let status = try await lab.reply(to: id).status
            #expect(status == 402)
        }
        try await expectAgreement(lab, network)
    }

    @Test(
        "A capture without an answer is repeated under the same reference until it is taken, once"
    )
    func captureUnknown() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork { kind, earlier, _ in
            kind == .capture && earlier < 4 ? (earlier == 1 ? .answerLost : .lost) : .answered
        }
        try await lab.running([try lab.orchestrator(network)]) {
            let reply = try await lab.ask(Sample.pay(1))
            #expect(reply.status == 200)
            #expect(try reply.body.string("status") == "succeeded")
        }
        let captures = network.log.filter { $0.kind == .capture }
        #expect(captures.map(\.isRepeated) == [false, true, true, true, true])
        #expect(Set(captures.map(\.reference)).count == 1)
        #expect(network.debitedMinorUnits == 100_000)
        try await expectAgreement(lab, network)
    }

    @Test("A capture that the network refuses is reversed, and the payment fails")
    func captureRefused() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork { kind, _, _ in kind == .capture ? .refused("54") : .answered
        }
        try await lab.running([try lab.orchestrator(network)]) {
            let reply = try await lab.ask(Sample.pay(1))
            #expect(reply.status == 400)
        }
        #expect(network.count(.reversal) == 1)
        #expect(network.debitedMinorUnits == 0 && network.heldCount == 0)
        try await expectAgreement(lab, network)
    }

    @Test("A refund without an answer is pending for the merchant, and repeated until it is final")
    func refundUnknown() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork { kind, earlier, _ in
            guard kind == .refund else { return .answered }
            return switch earlier {
            case 0: .lost
            case 1: .answerLost
            case 2: .inProgress
            case _: .answered
            }
        }
        try await lab.running([try lab.orchestrator(network)]) {
            _ = try await lab.ask(Sample.pay(1))
            let reply = try await lab.ask(Sample.refund(1, of: 1))
            #expect(try reply.body.string("status") == "pending")
            try await lab.untilIdle()
        }
        #expect(network.log.filter { $0.kind == .refund }.map(\.isRepeated).first == false)
        #expect(network.count(.refund) == 4)
        #expect(try await lab.payment(1)?.state == .refunded)
        #expect(network.debitedMinorUnits == 0)
        try await expectAgreement(lab, network)
    }

    @Test("A refund that the network refuses gives the money back to the merchant")
    func refundRefused() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork { kind, _, _ in kind == .refund ? .refused("14") : .answered }
        try await lab.running([try lab.orchestrator(network)]) {
            _ = try await lab.ask(Sample.pay(1))
            let reply = try await lab.ask(Sample.refund(1, of: 1))
            #expect(try reply.body.string("status") == "failed")
        }
        #expect(try await lab.payment(1)?.state == .captured)
        #expect(try await lab.count("SELECT count(*) FROM journal") == 3)
        try await expectAgreement(lab, network)
    }
}
