import EventStore
import JSON
import Ledger
import Money
import Payments

/// Healthy payments of every kind, made by the rules themselves from a seed.
///
/// A self-test needs a store that is in order before it breaks something. What a network would have
/// written down is kept beside it.
struct SampleTrade {
    /// What one command came to.
    struct Work {
        let submitted: SubmittedCommand
        var events: [RecordedEvent] = []
        var postings: [Posting] = []
        var aggregates = Aggregates()
    }

    private var numbers: SplitMix
    private var now: Timestamp
    private var nextCommand: Int64 = 1
    private let merchants: [Merchant]
    /// The network's own lines, in order.
    private(set) var networkFacts: [JSON] = []

    /// The merchants, in no order.
    var merchantIDs: [MerchantID] { merchants.map(\.id) }

    /// Begins at a moment, with so many merchants.
    init(seed: UInt64, merchants count: Int, at start: Timestamp) {
        var numbers = SplitMix(state: seed)
        now = start
        merchants = (0..<count).map { index in
            Merchant(
                id: .generate(at: start, using: &numbers),
                livemode: false,
                country: "IN",
                defaultCurrency: .inr,
                feePolicy: .standard,
                refundFeePolicy: index % 2 == 0 ? .kept : .returned,
                statementDescriptor: "TEA HOUSE",
                apiVersion: "2026-10-28.endive",
                payoutDelayDays: 2,
                keys: [],
                createdAt: start
            )
        }
        self.numbers = numbers
    }

    /// The merchants' own creation.
    mutating func open() throws -> [Work] {
        try merchants.map { merchant in
            try run(
                .createMerchant(CreateMerchant(merchant: merchant)),
                of: merchant,
                Aggregates()
            )
        }
    }

    /// One payment with all that becomes of it.
    mutating func payment() throws -> [Work] {
        let merchant = merchants[Int.random(in: 0..<merchants.count, using: &numbers)]
        let isHeld = chance(30)
        let amount = Money(
            minorUnits: .random(in: 5...999_999, using: &numbers) * 100,
            currency: chance(20) ? .jpy : .inr
        )
        let id = PaymentID.generate(at: now, using: &numbers)
        var works = [
            try run(
                creation(id, amount, isHeld: isHeld),
                of: merchant,
                Aggregates(merchant: merchant)
            )
        ]
        func last() -> Aggregates {
            works.last?.aggregates ?? Aggregates()
        }
        if isHeld, last().payment?.capturableMinorUnits ?? 0 > 0, chance(75) {
            let command: Command =
                chance(30)
                ? .cancelPayment(
                    CancelPayment(paymentID: id, remainderRefundID: makeRefundID())
                )
                : .capturePayment(
                    CapturePayment(
                        paymentID: id,
                        amountMinorUnits: chance(50) ? amount.minorUnits / 2 : nil,
                        remainderRefundID: makeRefundID()
                    )
                )
            works.append(try run(command, of: merchant, last()))
        }
        while last().payment?.capturedAttempt != nil, works.count < 5, chance(45) {
            let refund = CreateRefund(
                refundID: makeRefundID(),
                paymentID: id,
                amountMinorUnits: .random(in: 1...max(1, amount.minorUnits / 3), using: &numbers)
            )
            works.append(try run(.createRefund(refund), of: merchant, last()))
        }
        return works
    }

    private mutating func creation(_ id: PaymentID, _ amount: Money, isHeld: Bool) -> Command {
        .createPayment(
            CreatePayment(
                paymentID: id,
                amount: amount,
                captureMethod: isHeld ? .manual : .automatic,
                clientSecret: "\(id)_secret",
                paymentMethod: .new(
                    NewPaymentMethod(
                        id: .generate(at: now, using: &numbers),
                        card: .card(Self.card),
                        billingDetails: [:]
                    )
                ),
                confirmAs: .generate(at: now, using: &numbers)
            )
        )
    }

    private mutating func makeRefundID() -> RefundID { .generate(at: now, using: &numbers) }

    private mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &numbers) < percent
    }

    private mutating func run(
        _ command: Command,
        of merchant: Merchant,
        _ aggregates: Aggregates
    ) throws -> Work {
        now = now.adding(milliseconds: 7)
        let submitted = SubmittedCommand(
            id: nextCommand,
            merchantID: merchant.id,
            receivedAt: now,
            command: command
        )
        nextCommand += 1
        var work = Work(submitted: submitted, aggregates: aggregates)
        var decision = submitted.decide(given: aggregates, at: now, mayHaveRun: false)
        while true {
            try take(decision, &work)
            guard case .send(let effect) = decision.next else { return work }
            let outcome = answer(effect)
            decision = submitted.decide(
                after: effect,
                outcome: outcome,
                given: work.aggregates,
                at: now
            )
        }
    }

    private func take(_ decision: Decision, _ work: inout Work) throws {
        for event in decision.events {
            for recorded in try work.aggregates.append([event], at: now) {
                work.events.append(recorded)
                guard case .payment(let fact) = recorded.event,
                    let payment = work.aggregates.payment,
                    let posting = try Posting(
                        of: fact,
                        version: recorded.version,
                        effectiveAt: recorded.recordedAt,
                        in: payment
                    )
                else { continue }
                work.postings.append(posting)
            }
        }
    }

    /// What the network says, which it also writes down.
    private mutating func answer(_ effect: NetworkEffect) -> NetworkOutcome {
        switch effect {
        case .authorize(let message, _):
            if chance(10) {
                note("declined", message)
                return .declined(responseCode: "05")
            }
            note("authorized", message)
            return .approved(code: "A12345", networkTransactionID: nil)
        case .capture(let message, repeated: _):
            note("captured", message)
            return .acknowledged
        case .reverse(let message, _, repeated: _):
            note("reversed", message)
            return .acknowledged
        case .refund(let message, _, repeated: _):
            if chance(10) {
                note("refund_refused", message)
                return .refused(responseCode: "05")
            }
            if chance(15) {
                note("refund_pending", message)
                return .inProgress
            }
            note("refunded", message)
            return .acknowledged
        case .respond: return .notSent
        }
    }

    private mutating func note(_ kind: String, _ message: NetworkMessage) {
        networkFacts.append([
            "sequence": .integer(Int64(networkFacts.count + 1)),
            "recorded_at_microseconds": .integer(now.microsecondsSinceEpoch),
            "kind": .string(kind),
            "reference": .string(message.reference.rawValue),
            "amount_minor_units": .integer(message.amount.minorUnits),
            "currency": .string(String(message.amount.currency.numericCode)),
            "trace_number": .integer(Int64(message.traceNumber)),
        ])
    }

    private static let card = CardDetails(
        networkToken: "4242424242424242",
        brand: "visa",
        last4: "4242",
        expirationMonth: 12,
        expirationYear: 2034,
        funding: .credit,
        country: "IN",
        fingerprint: "fingerprint",
        checks: CardChecks(addressLine1: nil, addressPostalCode: nil, cvc: .pass),
        risk: .normal
    )
}

/// A generator whose whole sequence follows from its seed (SplitMix64).
public struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts the sequence of a seed.
    public init(state: UInt64) { self.state = state }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
