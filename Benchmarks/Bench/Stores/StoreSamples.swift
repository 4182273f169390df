import EventStore
import Foundation
import JSON
import Ledger
import Money
import Payments

/// Makes payments by the payment rules, as the services store them; all choices come from a seed.
struct StoreSamples: Sendable {
    private var generator: SeededGenerator
    private let merchantCount: Int
    private var lastCommandID: Int64 = 0

    init(seed: UInt64, merchantCount: Int) {
        generator = SeededGenerator(seed: seed)
        self.merchantCount = merchantCount
    }

    /// Any of the merchants; in the database alone they are not hot, the fee account is.
    mutating func merchantID() -> MerchantID {
        let digits = String(Int.random(in: 1...merchantCount, using: &generator))
        return MerchantID(
            checked: "acct_" + String(repeating: "0", count: 24 - digits.count) + digits
        )
    }

    /// How long a client waits before its next commit.
    mutating func pause(_ milliseconds: ClosedRange<Int>) -> Int {
        Int.random(in: milliseconds, using: &generator)
    }

    /// A request to create, confirm and capture a payment.
    mutating func createPayment() -> Command {
        let now = Self.now
        let method = NewPaymentMethod(
            id: .generate(at: now, using: &generator),
            card: .card(Self.card),
            billingDetails: [:]
        )
        return .createPayment(
            CreatePayment(
                paymentID: .generate(at: now, using: &generator),
                amount: amount(),
                captureMethod: .automatic,
                clientSecret: String(repeating: "s", count: 40),
                paymentMethod: .new(method),
                confirmAs: .generate(at: now, using: &generator)
            )
        )
    }

    /// All events of one captured payment, decided by the rules with a network that approves.
    mutating func payment() throws -> [NewEvent] {
        lastCommandID += 1
        let now = Self.now
        let merchantID = merchantID()
        let submitted = SubmittedCommand(
            id: lastCommandID,
            merchantID: merchantID,
            receivedAt: now,
            command: createPayment()
        )
        var aggregates = Aggregates(merchant: Self.merchant(merchantID))
        var events: [RecordedEvent] = []
        var decision = submitted.decide(given: aggregates, at: now, mayHaveRun: false)
        while true {
            events += try aggregates.append(decision.events, at: now)
            switch decision.next {
            case .complete, .sendLater, .later: return events.map { newEvent($0, of: merchantID) }
            case .send(let effect):
                decision = submitted.decide(
                    after: effect,
                    outcome: Self.outcome(of: effect),
                    given: aggregates,
                    at: now
                )
            }
        }
    }

    /// The first event of a new payment.
    mutating func created() -> NewEvent {
        lastCommandID += 1
        let facts = paymentCreated()
        let recorded = RecordedEvent(
            stream: .payment(facts.paymentID),
            version: 1,
            event: .payment(.created(facts)),
            recordedAt: Self.now
        )
        return newEvent(recorded, of: facts.merchantID)
    }

    /// The journal of a captured payment: customer, merchant and fee.
    mutating func capture() throws -> Posting {
        let now = Self.now
        let facts = paymentCreated()
        let payment = try Payment.evolve(nil, by: .created(facts), version: 1, at: now)
        let captured = PaymentCaptured(
            chargeID: .generate(at: now, using: &generator),
            amount: facts.amount,
            fee: try FeePolicy.standard.fee(on: facts.amount)
        )
        guard
            let posting = try Posting(
                of: .captured(captured),
                version: 4,
                effectiveAt: now,
                in: payment
            )
        else { throw BenchmarkError("a capture has no journal") }
        return posting
    }

    private mutating func paymentCreated() -> PaymentCreated {
        PaymentCreated(
            paymentID: .generate(at: Self.now, using: &generator),
            merchantID: merchantID(),
            livemode: false,
            amount: amount(),
            captureMethod: .automatic,
            clientSecret: String(repeating: "s", count: 40),
            details: PaymentDetails(),
            feePolicy: .standard,
            refundFeePolicy: .kept
        )
    }

    private mutating func amount() -> Money {
        Money(
            minorUnits: Int64(Int.random(in: Workload.amountsMinorUnits, using: &generator)),
            currency: .inr
        )
    }

    private func newEvent(_ recorded: RecordedEvent, of merchantID: MerchantID) -> NewEvent {
        NewEvent(
            merchantID: merchantID,
            recorded: recorded,
            cause: EventCause(
                commandID: lastCommandID,
                requestID: "req_benchmark\(lastCommandID)",
                idempotencyKey: nil
            )
        )
    }

    private static var now: Timestamp {
        Timestamp(microsecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    private static func outcome(of effect: NetworkEffect) -> NetworkOutcome {
        switch effect {
        case .authorize: .approved(code: "A1B2C3", networkTransactionID: nil)
        case .capture, .reverse, .refund, .respond: .acknowledged
        }
    }

    private static func merchant(_ id: MerchantID) -> Merchant {
        Merchant(
            id: id,
            livemode: false,
            country: "IN",
            defaultCurrency: .inr,
            feePolicy: .standard,
            refundFeePolicy: .kept,
            statementDescriptor: "TEA HOUSE",
            apiVersion: "2026-10-28.endive",
            payoutDelayDays: 2,
            keys: [],
            createdAt: now
        )
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
