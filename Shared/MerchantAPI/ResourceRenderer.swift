public import JSON
import Money
public import Payments

/// Renders what is stored as the objects that merchants see, in one version of the API.
///
/// Every documented field is there, null when it is empty: the official client raises an error for
/// a key that is absent. Rendering is a pure function, so a stored reply and a later read of the
/// same state are equal.
public struct ResourceRenderer: Sendable {
    /// The version that objects are rendered in.
    public let version: APIVersion

    /// Renders in a version; the newest unless told otherwise.
    public init(version: APIVersion = .current) {
        self.version = version
    }

    /// Steps back from the current version to this one.
    func versioned(_ object: JSON, _ kind: ResourceKind, of payment: Payment) -> JSON {
        var object = object
        for step in VersionTransformation.all where version < step.introducedIn {
            object = step.applied(to: object, kind: kind, payment: payment, renderer: self)
        }
        return object
    }

    /// A payment method; its card shows everything but the number.
    public func paymentMethod(_ method: PaymentMethod, expand: Expansion = .none) -> JSON {
        [
            "id": .string(method.id.rawValue),
            "object": "payment_method",
            "allow_redisplay": .string(method.allowRedisplay),
            "billing_details": BillingDetails.rendered(method.billingDetails),
            "card": CardRendering.paymentMethodCard(method.card),
            "created": .moment(method.createdAt),
            "customer": .null,
            "customer_account": .null,
            "livemode": .bool(method.livemode),
            "metadata": method.metadata.document,
            "type": "card",
        ]
    }

    /// A single-use card token.
    public func token(_ token: CardToken) -> JSON {
        [
            "id": .string(token.id.rawValue),
            "object": "token",
            "card": CardRendering.tokenCard(
                token.card,
                id: "card_" + token.id.suffix,
                billing: token.billingDetails
            ),
            "client_ip": .text(token.clientAddress),
            "created": .moment(token.createdAt),
            "livemode": .bool(token.livemode),
            "type": "card",
            "used": .bool(token.isUsed),
        ]
    }

    /// A demo merchant without its keys, which are shown once and never stored.
    public func demoMerchant(_ merchant: Merchant) -> JSON {
        [
            "id": .string(merchant.id.rawValue),
            "object": "demo_merchant",
            "country": .string(merchant.country),
            "created": .moment(merchant.createdAt),
            "default_currency": .string(merchant.defaultCurrency.code),
            "fee": [
                "basis_points": .integer(merchant.feePolicy.basisPoints),
                "fixed": .integer(merchant.feePolicy.fixedMinorUnits),
            ],
            "livemode": .bool(merchant.livemode),
            "payout_schedule": ["delay_days": .integer(Int64(merchant.payoutDelayDays))],
            "expires_at": .moment(merchant.expiresAt),
        ]
    }
}
