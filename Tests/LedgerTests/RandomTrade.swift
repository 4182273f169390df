import JSON
import Ledger
import Money
import Payments
import TestKit
import Testing

/// Merchants and payments that live at random under the real payment rules, with every event's
/// journal posted to ``Books``.
struct RandomTrade {
    var generator: SeededGenerator
    let merchants: [Merchant]
    private(set) var payments: [Payment] = []
    private(set) var books = Books()
    private(set) var postings: [JournalID: Posting] = [:]
    private(set) var moneyEventCount = 0
    private var waiting: [SubmittedCommand] = []
    private var lastCommandID: Int64 = 0
    private let now = Timestamp(secondsSinceEpoch: 1_767_258_000)

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        merchants = [
            .random(policy: .kept, currency: .inr, at: now, using: &generator),
            .random(policy: .returned, currency: .jpy, at: now, using: &generator),
            .random(policy: .returned, currency: .inr, at: now, using: &generator),
        ]
    }

    /// Does one thing that a merchant or the network might do.
    mutating func step() throws {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<3: try pay()
        case 3:
            if !waiting.isEmpty {
                let place = Int.random(in: 0..<waiting.count, using: &generator)
                try work(on: waiting.remove(at: place), mayHaveRun: true)
            }
        case 4: try changeHeldPayment()
        case _: try refund()
        }
    }

    /// Lets the network answer everything that is still in flight.
    mutating func finish() throws {
        while let submitted = waiting.popLast() { try work(on: submitted, mayHaveRun: true) }
    }

    private mutating func pay() throws {
        guard let merchant = merchants.randomElement(using: &generator) else { return }
        let amount = Int64.random(in: 50...generator.pick(60, 1_000, 500_000), using: &generator)
        try submit(
            .createPayment(
                CreatePayment(
                    paymentID: .generate(at: now, using: &generator),
                    amount: Money(minorUnits: amount, currency: merchant.defaultCurrency),
                    captureMethod: generator.pick(.automatic, .manual),
                    clientSecret: "secret",
                    details: PaymentDetails(),
                    paymentMethod: .new(.random(at: now, using: &generator)),
                    confirmAs: .generate(at: now, using: &generator)
                )
            ),
            for: merchant.id
        )
    }

    private mutating func changeHeldPayment() throws {
        let held = payments.filter { $0.capturableMinorUnits > 0 }
        guard let payment = held.randomElement(using: &generator) else { return }
        let remainder = RefundID.generate(at: now, using: &generator)
        let amount = Int64.random(in: 1...payment.capturableMinorUnits, using: &generator)
        let capture = CapturePayment(
            paymentID: payment.id,
            amountMinorUnits: generator.pick(amount, nil),
            remainderRefundID: remainder
        )
        let cancel = CancelPayment(
            paymentID: payment.id,
            reason: .abandoned,
            remainderRefundID: remainder
        )
        try submit(
            generator.chance(percent: 70) ? .capturePayment(capture) : .cancelPayment(cancel),
            for: payment.merchantID
        )
    }

    private mutating func refund() throws {
        let captured = payments.filter { $0.capturedMinorUnits > 0 }
        guard let payment = captured.randomElement(using: &generator) else { return }
        // Often more than is left, which is refused and must leave no trace in the books.
        let amount = Int64.random(in: 1...payment.capturedMinorUnits, using: &generator)
        try submit(
            .createRefund(
                CreateRefund(
                    refundID: .generate(at: now, using: &generator),
                    paymentID: payment.id,
                    amountMinorUnits: generator.pick(amount, min(amount, 7), nil)
                )
            ),
            for: payment.merchantID
        )
    }

    private mutating func submit(_ command: Command, for merchant: MerchantID) throws {
        lastCommandID += 1
        let submitted = SubmittedCommand(
            id: lastCommandID,
            merchantID: merchant,
            receivedAt: now,
            command: command
        )
        try work(on: submitted, mayHaveRun: false)
    }

    private mutating func work(on submitted: SubmittedCommand, mayHaveRun: Bool) throws {
        let place = payments.firstIndex { payment in
            submitted.command.streams.contains(.payment(payment.id))
        }
        var aggregates = Aggregates(
            merchant: merchants.first { $0.id == submitted.merchantID },
            payment: place.map { payments[$0] }
        )
        var decision = submitted.decide(given: aggregates, at: now, mayHaveRun: mayHaveRun)
        var isFinished = false
        while !isFinished {
            for event in try aggregates.append(decision.events, at: now) {
                try post(event, of: aggregates.payment)
            }
            switch decision.next {
            case .complete: isFinished = true
            case .sendLater, .later:
                waiting.append(submitted)
                isFinished = true
            case .send(let effect):
                decision = submitted.decide(
                    after: effect,
                    outcome: outcome(of: effect),
                    given: aggregates,
                    at: now
                )
            }
        }
        guard let payment = aggregates.payment else { return }
        if let place { payments[place] = payment } else { payments.append(payment) }
    }

    private mutating func outcome(of effect: NetworkEffect) -> NetworkOutcome {
        let approved = NetworkOutcome.approved(code: "A1B2C3", networkTransactionID: nil)
        switch effect {
        case .authorize:
            return generator.pick(
                approved,
                approved,
                approved,
                .declined(responseCode: "51"),
                .unknown
            )
        case .capture: return generator.pick(.acknowledged, .acknowledged, .unknown)
        case .reverse: return generator.pick(.acknowledged, .unknown)
        case .refund:
            return generator.pick(
                .acknowledged,
                .acknowledged,
                .refused(responseCode: "57"),
                .inProgress,
                .unknown
            )
        case .respond: return .notSent
        }
    }

    private mutating func post(_ recorded: RecordedEvent, of payment: Payment?) throws {
        guard case .payment(let event) = recorded.event, let payment else { return }
        let posting = try Posting(
            of: event,
            version: recorded.version,
            effectiveAt: recorded.recordedAt,
            in: payment
        )
        #expect((posting != nil) == event.movesMoney)
        guard let posting else { return }
        moneyEventCount += 1
        #expect(posting.merchantID == payment.merchantID)
        #expect(posting.id == JournalID(paymentID: payment.id, version: recorded.version))
        postings[posting.id] = posting
        try books.post(posting.journal)
    }
}

extension SeededGenerator {
    fileprivate mutating func pick<Value>(_ values: Value...) -> Value {
        values[Int.random(in: 0..<values.count, using: &self)]
    }
}

extension Merchant {
    fileprivate static func random(
        policy: RefundFeePolicy,
        currency: Currency,
        at now: Timestamp,
        using generator: inout SeededGenerator
    ) -> Merchant {
        let fee = try? FeePolicy(
            basisPoints: .random(in: 0...1_000, using: &generator),
            fixedMinorUnits: .random(in: 0...60, using: &generator)
        )
        return Merchant(
            id: .generate(at: now, using: &generator),
            livemode: false,
            country: "IN",
            defaultCurrency: currency,
            feePolicy: fee ?? .standard,
            refundFeePolicy: policy,
            statementDescriptor: "TEA HOUSE",
            apiVersion: "2026-10-28.endive",
            payoutDelayDays: 2,
            keys: [],
            createdAt: now
        )
    }
}

extension NewPaymentMethod {
    fileprivate static func random(
        at now: Timestamp,
        using generator: inout SeededGenerator
    ) -> NewPaymentMethod {
        NewPaymentMethod(
            id: .generate(at: now, using: &generator),
            card: .card(
                CardDetails(
                    networkToken: "token",
                    brand: "visa",
                    last4: "4242",
                    expirationMonth: 12,
                    expirationYear: 2034,
                    funding: .credit,
                    country: "US",
                    fingerprint: "fingerprint",
                    checks: CardChecks(addressLine1: nil, addressPostalCode: nil, cvc: .pass),
                    risk: .normal,
                    traits: []
                )
            ),
            billingDetails: [:]
        )
    }
}
