import JSON
import Money
import TestKit
import Testing

@testable import Payments

/// Random commands against a lossy network, with workers that die between any two steps.
@Suite("Payments under random commands, losses and deaths")
struct PaymentPropertyTests {
    /// One payment's life; every step checks the invariants.
    private struct World {
        var shell: Shell
        var network: ModelNetwork
        var generator: SeededGenerator
        /// Commands that wait for their backoff; others may run meanwhile.
        var waiting: [SubmittedCommand] = []
        /// The command whose worker died; nothing else runs on the payment before it does.
        var dead: SubmittedCommand?
        var deathPercent = 8

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            shell = Shell(
                seed: seed,
                refundFeePolicy: generator.chance(percent: 50) ? .returned : .kept
            )
            network = ModelNetwork(lossPercent: generator.chance(percent: 50) ? 0 : 20)
        }

        /// Works on a command until it is finished, waits, or its worker dies.
        mutating func work(on submitted: SubmittedCommand, mayHaveRun: Bool) throws {
            var aggregates = shell.aggregates(for: submitted.command)
            var events: [RecordedEvent] = []
            var decision = submitted.decide(
                given: aggregates,
                at: shell.now,
                mayHaveRun: mayHaveRun
            )
            while true {
                let before = aggregates.payment
                events += try aggregates.append(decision.events, at: shell.now)
                check(before: before, after: aggregates.payment)
                if generator.chance(percent: deathPercent) {
                    dead = submitted
                    return
                }
                switch decision.next {
                case .complete:
                    #expect(decision.reply != nil)
                    return shell.store(events, aggregates)
                case .sendLater, .later:
                    shell.store(events, aggregates)
                    return waiting.append(submitted)
                case .send(let effect):
                    let outcome = network.carryOut(effect, using: &generator)
                    if generator.chance(percent: deathPercent) {
                        dead = submitted
                        return
                    }
                    decision = submitted.decide(
                        after: effect,
                        outcome: outcome,
                        given: aggregates,
                        at: shell.now
                    )
                }
            }
        }

        func check(before: Payment?, after: Payment?) {
            guard let after else { return }
            let authorized = after.attempts.map(\.authorizedMinorUnits).max() ?? 0
            #expect(after.refundedMinorUnits >= 0)
            #expect(after.refundedMinorUnits <= after.capturedMinorUnits)
            #expect(after.capturedMinorUnits <= authorized)
            #expect(
                after.feeReturnedMinorUnits <= after.capturedAttempt?.capture?.fee.minorUnits ?? 0
            )
            #expect(after.attempts.count { $0.capture != nil } <= 1)
            guard let before else { return }
            #expect(after.version >= before.version)
            #expect(Array(after.lifecycle.prefix(before.lifecycle.count)) == before.lifecycle)
            if before.state.isTerminal { #expect(after.state == before.state) }
        }

        mutating func step() throws {
            shell.now = shell.now.adding(seconds: Int64.random(in: 1...100_000, using: &generator))
            if let submitted = dead {
                dead = nil
                return try work(on: submitted, mayHaveRun: true)
            }
            if !waiting.isEmpty, generator.chance(percent: 60) {
                let index = Int.random(in: 0..<waiting.count, using: &generator)
                return try work(on: waiting.remove(at: index), mayHaveRun: true)
            }
            try work(on: shell.submit(try command()), mayHaveRun: false)
        }

        private mutating func command() throws -> Command {
            guard let payment = shell.payment else {
                return try shell.creation(
                    amount: 5_000,
                    captureMethod: generator.chance(percent: 50) ? .manual : .automatic,
                    confirms: generator.chance(percent: 80)
                )
            }
            let part = Int64.random(in: 1...6_000, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0...1: return shell.confirmCommand(payment, with: .existing(try shell.addMethod()))
            case 2...3:
                return shell.captureCommand(payment, generator.chance(percent: 50) ? nil : part)
            case 4: return shell.cancelCommand(payment)
            case 5...7:
                return shell.refundCommand(payment, generator.chance(percent: 30) ? nil : part)
            case 8:
                return .expirePayment(
                    ExpirePayment(paymentID: payment.id, remainderRefundID: shell.makeID())
                )
            case _:
                let pair = MetadataChange.Step(key: "n", value: "\(part)")
                let change = DetailsChange(metadata: MetadataChange(steps: [pair]))
                return .updatePayment(
                    UpdatePayment(paymentID: payment.id, changes: PaymentChanges(details: change))
                )
            }
        }

        /// The faults stop, and everything that waits is worked on until it is finished.
        mutating func settle() throws {
            network.lossPercent = 0
            deathPercent = 0
            for _ in 0..<20 {
                let unfinished = (dead.map { [$0] } ?? []) + waiting
                (dead, waiting) = (nil, [])
                for submitted in unfinished { try work(on: submitted, mayHaveRun: true) }
            }
            #expect(dead == nil && waiting.isEmpty)
        }
    }

    @Test(
        "Our books and the network's agree, whatever happened",
        arguments: SeededGenerator.seeds(count: 50, kept: Array(1...200))
    )
    func agreement(seed: UInt64) throws {
        var world = World(seed: seed)
        for _ in 0..<30 { try world.step() }
        try world.settle()
        let payment = try #require(world.shell.payment)
        #expect(
            world.network.debitedMinorUnits
                == payment.capturedMinorUnits - payment.refundedMinorUnits
        )
        #expect(!payment.isInFlight)
        #expect(payment.returns.allSatisfy { $0.status == .succeeded })
        #expect(world.network.holdsNothing == (payment.status != .requiresCapture))
        if payment.capturedMinorUnits > 0, payment.refundedMinorUnits == payment.capturedMinorUnits
        {
            let fee = payment.capturedAttempt?.capture?.fee.minorUnits
            #expect(payment.feeReturnedMinorUnits == (payment.refundFeePolicy == .kept ? 0 : fee))
        }
        try checkStore(world.shell, payment)
    }

    /// The stored events alone give the same payment, byte for byte, by legal steps only.
    private func checkStore(_ shell: Shell, _ payment: Payment) throws {
        var folded: Payment?
        var moneyEvents: [String: Int] = [:]
        for recorded in shell.stored where recorded.stream == .payment(payment.id) {
            let stored = EventCatalog.current.store(recorded.event)
            guard case .payment(let event) = try EventCatalog.current.load(stored) else {
                Issue.record("a payment's stream holds payment events")
                continue
            }
            let before = folded
            let after = try Payment.evolve(
                folded,
                by: event,
                version: recorded.version,
                at: recorded.recordedAt
            )
            if let before, before.state != after.state {
                #expect(before.state.canBecome(after.state))
            }
            if event.movesMoney { moneyEvents[key(of: event), default: 0] += 1 }
            folded = after
        }
        #expect(folded == payment)
        #expect(folded?.document.serialized() == payment.document.serialized())
        #expect(try Payment(document: payment.document) == payment)
        #expect(moneyEvents.values.allSatisfy { $0 == 1 })
        let versions = shell.stored.filter { $0.stream == .payment(payment.id) }.map(\.version)
        #expect(versions == Array(1...payment.version))
    }

    private func key(of event: PaymentEvent) -> String {
        switch event {
        case .captured(let facts): "captured \(facts.chargeID)"
        case .refundRequested(let facts): "requested \(facts.refundID)"
        case .refundIssued(let facts): "ended \(facts.refundID)"
        case .refundFailed(let facts): "ended \(facts.refundID)"
        case .created, .updated, .authorizationUnknown, .authorized, .failed, .captureRequested,
            .voidRequested, .canceled, .expired, .refundUpdated, .refundDeferred,
            .refundCanceled, .refundExpired, .disputeOpened, .disputeEscalated,
            .disputeUpdated, .disputeEvidenceSubmitted, .disputeClosed, .fraudWarningReceived:
            "no money"
        case .refundReturned(let facts): "returned \(facts.refundID)"
        case .disputeFeeCharged(let facts), .disputeFundsWithdrawn(let facts),
            .disputeChargedBack(let facts), .disputeRepresented(let facts),
            .disputeFeeReturned(let facts), .disputeFundsReinstated(let facts):
            "\(event.type) \(facts.disputeID)"
        }
    }
}
