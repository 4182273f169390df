import JSON
import Payments

/// A named difference between two versions of the API, as a step back in time.
///
/// Objects are always rendered in ``APIVersion/current``; a request for an older version runs
/// through the transformations introduced after it, newest first.
public struct VersionTransformation: Sendable {
    /// Its name, as `GET /v1/versions` lists it.
    public let name: String
    /// The first version that does without it.
    public let introducedIn: APIVersion
    /// What changed, in a sentence.
    public let summary: String
    private let step: @Sendable (ResourceKind, JSON, Payment, ResourceRenderer) -> JSON

    /// Turns an object into the form that it had before this change.
    func applied(
        to object: JSON,
        kind: ResourceKind,
        payment: Payment,
        renderer: ResourceRenderer
    ) -> JSON {
        step(kind, object, payment, renderer)
    }

    /// All transformations, newest first.
    public static let all: [VersionTransformation] = [latestChargeInsteadOfCharges]

    /// `2022-11-15` took the list of charges out of payment intents, and the list of refunds out
    /// of charges that do not expand it.
    static let latestChargeInsteadOfCharges = VersionTransformation(
        name: "latest_charge_instead_of_charges",
        introducedIn: .latestChargeOnly,
        summary: "A payment intent names its latest charge instead of listing its charges, and a "
            + "charge lists its refunds only when they are expanded.",
        step: { kind, object, payment, renderer in
            switch kind {
            case .paymentIntent:
                let charges = payment.attempts.reversed().map { attempt in
                    renderer.charge(attempt, of: payment)
                }
                let url = "/v1/charges?payment_intent=\(payment.id)"
                return object.setting("charges", to: .list(charges, hasMore: false, url: url))
            case .charge:
                guard object["refunds"] == .null, let id = object["id"]?.asString else {
                    return object
                }
                let refunds = renderer.refunds(ofCharge: id, in: payment, expand: .none)
                return object.setting("refunds", to: refunds)
            case .refund, .dispute, .earlyFraudWarning, .paymentMethod, .token, .balance,
                .balanceTransaction, .event,
                .ledgerJournal, .ledgerProof, .ledgerAccount, .ledgerBalance, .demoMerchant,
                .refundList, .apiVersion, .settlement, .settlementItem, .payout,
                .payoutTransaction, .balanceSettings, .testClock, .webhookEndpoint,
                .webhookReplay, .webhookDelivery:
                return object
            }
        }
    )
}
