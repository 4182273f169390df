import Money
import Payments
import Testing

@Suite("Folding events")
struct EvolutionTests {
    @Test("A version that is not the next one is refused")
    func versions() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(), Sample.approval, .acknowledged)
        var aggregates = Aggregates(merchant: shell.merchant)
        let first = try #require(run.events.first)
        #expect(throws: EvolutionError.wrongVersion(expected: 1, found: 2)) {
            try aggregates.apply(run.events[1])
        }
        try aggregates.apply(first)
        #expect(throws: EvolutionError.wrongVersion(expected: 2, found: 1)) {
            try aggregates.apply(first)
        }
        #expect(throws: EvolutionError.wrongVersion(expected: 2, found: 3)) {
            try aggregates.apply(run.events[2])
        }
    }

    @Test("Money beyond its bounds is refused by the fold itself")
    func bounds() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(), Sample.approval, .unknown)
        let pending = try #require(shell.payment)
        let chargeID = try #require(pending.latestAttempt?.id)
        let much = PaymentEvent.captured(
            PaymentCaptured(
                chargeID: chargeID,
                amount: Money(minorUnits: 100_001, currency: .inr),
                fee: .zero(.inr)
            )
        )
        #expect(throws: EvolutionError.unexpected(type: "payment_captured")) {
            try Payment.evolve(pending, by: much, version: pending.version + 1, at: shell.now)
        }
        let fee = PaymentEvent.captured(
            PaymentCaptured(
                chargeID: chargeID,
                amount: Money(minorUnits: 100_000, currency: .inr),
                fee: Money(minorUnits: 100_001, currency: .inr)
            )
        )
        #expect(throws: EvolutionError.boundExceeded(type: "payment_captured")) {
            try Payment.evolve(pending, by: fee, version: pending.version + 1, at: shell.now)
        }
        _ = try shell.resume(run, .acknowledged)
        let paid = try #require(shell.payment)
        for (amount, feeReturned) in [(100_001, 0), (0, 0), (1, 3_001)] as [(Int64, Int64)] {
            let refund = PaymentEvent.refundRequested(
                RefundRequested(
                    refundID: shell.makeID(),
                    chargeID: chargeID,
                    amount: Money(minorUnits: amount, currency: .inr),
                    feeReturned: Money(minorUnits: feeReturned, currency: .inr),
                    metadata: Metadata(),
                    command: NetworkReference(commandID: 99),
                    sentAt: shell.now
                )
            )
            #expect(throws: EvolutionError.boundExceeded(type: "refund_requested")) {
                try Payment.evolve(paid, by: refund, version: paid.version + 1, at: shell.now)
            }
        }
    }

    @Test("No event of a payment's life can come a second time, nor after its end")
    func twice() throws {
        var shell = Shell()
        let held = try shell.hold()
        _ = try shell.run(shell.cancelCommand(held), .acknowledged)
        let canceled = try #require(shell.payment)
        for recorded in shell.stored {
            guard case .payment(let event) = recorded.event else { continue }
            #expect(throws: EvolutionError.self, "\(event.type)") {
                try Payment.evolve(
                    canceled,
                    by: event,
                    version: canceled.version + 1,
                    at: shell.now
                )
            }
        }
        #expect(shell.stored.count == 5)
    }

    @Test("An event in another kind of stream is refused")
    func streams() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(confirms: false))
        let event = try #require(run.events.first)
        var aggregates = Aggregates()
        let wrong = RecordedEvent(
            stream: .merchant(shell.merchant.id),
            version: 1,
            event: event.event,
            recordedAt: shell.now
        )
        #expect(throws: EvolutionError.wrongPlace(type: "payment_created")) {
            try aggregates.apply(wrong)
        }
        let other = RecordedEvent(
            stream: .payment(shell.makeID()),
            version: 1,
            event: event.event,
            recordedAt: shell.now
        )
        #expect(throws: EvolutionError.wrongPlace(type: "payment_created")) {
            try aggregates.apply(other)
        }
    }
}
