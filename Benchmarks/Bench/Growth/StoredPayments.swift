import JSON
import Ledger
import MerchantAPI
import Money
import Payments

/// Makes payments as the product would have stored them, without the network and the queue.
///
/// The product's own rules decide and its own stores write, so what comes out is what a payment
/// leaves behind: command, events, journal, projections and reply. The requests are those of payments
/// that were made through the API, with new ids, merchants, amounts and moments.
struct StoredPayments: Sendable {
    /// Tells these payments' events from those that met the network.
    static let requestPrefix = "req_stored"

    /// A request that came through the API, and the network's answers for it.
    struct Template: Sendable {
        let request: CreatePayment
        let isAccepted: Bool
    }

    /// One payment, all of it.
    struct Stored: Sendable {
        let aggregates: Aggregates
        let events: [RecordedEvent]
        let postings: [Posting]
        let reply: RenderedReply
    }

    private let templates: [Template]
    private var generator: SeededGenerator

    init(templates: [Template], seed: UInt64) throws {
        guard !templates.isEmpty else { throw BenchmarkError("no payment was made to learn from") }
        self.templates = templates
        generator = SeededGenerator(seed: seed)
    }

    /// A new request of a template, for a payment of that moment, and whether it is accepted.
    mutating func request(at moment: Timestamp) -> Template {
        let template = templates[Int.random(in: templates.indices, using: &generator)]
        let old = template.request
        let id = PaymentID.generate(at: moment, using: &generator)
        let secret = ChargeID.generate(at: moment, using: &generator).suffix
        let request = CreatePayment(
            paymentID: id,
            amount: Money(
                minorUnits: Int64.random(in: 100...200_000, using: &generator),
                currency: old.amount.currency
            ),
            captureMethod: old.captureMethod,
            clientSecret: "\(id)_secret_\(secret)",
            details: old.details,
            paymentMethod: old.paymentMethod.map { renewed($0, at: moment) },
            confirmAs: ChargeID.generate(at: moment, using: &generator),
            expand: old.expand
        )
        return Template(request: request, isAccepted: template.isAccepted)
    }

    private mutating func renewed(
        _ source: PaymentMethodSource,
        at moment: Timestamp
    ) -> PaymentMethodSource {
        switch source {
        case .existing: source
        case .new(let method):
            .new(
                NewPaymentMethod(
                    id: PaymentMethodID.generate(at: moment, using: &generator),
                    card: method.card,
                    billingDetails: method.billingDetails,
                    metadata: method.metadata,
                    allowRedisplay: method.allowRedisplay
                )
            )
        }
    }

    /// Decides as the orchestrator does, with a network that answers at once.
    static func run(
        _ submitted: SubmittedCommand,
        of merchant: Merchant,
        isAccepted: Bool
    ) throws -> Stored {
        var aggregates = Aggregates(merchant: merchant)
        var events: [RecordedEvent] = []
        var postings: [Posting] = []
        var reply: Reply?
        let now = submitted.receivedAt
        var decision = submitted.decide(given: aggregates, at: now, mayHaveRun: false)
        while true {
            let recorded = try aggregates.append(decision.events, at: now)
            events += recorded
            for event in recorded {
                guard case .payment(let fact) = event.event, let payment = aggregates.payment,
                    let posting = try Posting(
                        of: fact,
                        version: event.version,
                        effectiveAt: event.recordedAt,
                        in: payment
                    )
                else { continue }
                postings.append(posting)
            }
            reply = decision.reply ?? reply
            guard case .send(let effect) = decision.next else { break }
            decision = submitted.decide(
                after: effect,
                outcome: answer(to: effect, isAccepted: isAccepted),
                given: aggregates,
                at: now
            )
        }
        guard let reply else { throw BenchmarkError("a stored payment came to no reply") }
        return Stored(
            aggregates: aggregates,
            events: events,
            postings: postings,
            reply: ResourceRenderer().reply(reply, given: aggregates, expand: [])
        )
    }

    private static func answer(to effect: NetworkEffect, isAccepted: Bool) -> NetworkOutcome {
        switch effect {
        case .authorize:
            isAccepted
                ? .approved(code: "A1B2C3", networkTransactionID: "123456789012345")
                : .declined(responseCode: "05")
        case .capture, .reverse, .refund, .respond: .acknowledged
        }
    }
}
