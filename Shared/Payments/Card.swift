public import JSON

/// What the card's issuer said about one piece of data that the customer gave.
public enum CheckResult: String, Sendable, CaseIterable, DocumentWord {
    case pass
    case fail
    case unavailable
    case unchecked
}

/// How a card is funded.
public enum CardFunding: String, Sendable, CaseIterable, DocumentWord {
    case credit
    case debit
    case prepaid
    case unknown
}

/// How risky the vault rates a card; `highest` is refused before the network sees it.
public enum CardRisk: String, Sendable, CaseIterable, DocumentWord {
    case normal
    case elevated
    case highest
}

/// The issuer's checks of address and security code; nil where nothing was given to check.
public struct CardChecks: Sendable, Equatable {
    /// The first line of the billing address.
    public let addressLine1: CheckResult?
    /// The billing postal code.
    public let addressPostalCode: CheckResult?
    /// The security code.
    public let cvc: CheckResult?

    /// Creates the value from its parts.
    public init(
        addressLine1: CheckResult? = nil,
        addressPostalCode: CheckResult? = nil,
        cvc: CheckResult? = nil
    ) {
        self.addressLine1 = addressLine1
        self.addressPostalCode = addressPostalCode
        self.cvc = cvc
    }
}

/// What is kept of a card: everything but its number and security code.
///
/// Those stay in the card network's vault, which gives `networkToken` in their place.
public struct CardDetails: Sendable, Equatable {
    /// The vault's stand-in for the card number; the only thing sent to the network.
    public let networkToken: String
    /// The scheme in Stripe's lower-case word, `visa`.
    public let brand: String
    /// The last four digits of the number.
    public let last4: String
    /// 1 to 12.
    public let expirationMonth: Int32
    /// Four digits.
    public let expirationYear: Int32
    /// Credit, debit or prepaid.
    public let funding: CardFunding
    /// The issuer's country, ISO 3166 alpha-2.
    public let country: String?
    /// The same for the same number, whoever stores it; tells nothing about the number.
    public let fingerprint: String
    /// The issuer's checks.
    public let checks: CardChecks
    /// The vault's rating.
    public let risk: CardRisk
    /// Further words about the card from the vault; kept, shown, never interpreted here.
    public let traits: [String]

    /// Creates the value from its parts.
    public init(
        networkToken: String,
        brand: String,
        last4: String,
        expirationMonth: Int32,
        expirationYear: Int32,
        funding: CardFunding,
        country: String? = nil,
        fingerprint: String,
        checks: CardChecks,
        risk: CardRisk,
        traits: [String] = []
    ) {
        self.networkToken = networkToken
        self.brand = brand
        self.last4 = last4
        self.expirationMonth = expirationMonth
        self.expirationYear = expirationYear
        self.funding = funding
        self.country = country
        self.fingerprint = fingerprint
        self.checks = checks
        self.risk = risk
        self.traits = traits
    }
}

extension CardChecks: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            addressLine1: try fields.optional("address_line1"),
            addressPostalCode: try fields.optional("address_postal_code"),
            cvc: try fields.optional("cvc")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "address_line1": .optional(addressLine1),
            "address_postal_code": .optional(addressPostalCode),
            "cvc": .optional(cvc),
        ]
    }
}

extension CardDetails: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            networkToken: try fields.required("network_token"),
            brand: try fields.required("brand"),
            last4: try fields.required("last4"),
            expirationMonth: try fields.required("expiration_month"),
            expirationYear: try fields.required("expiration_year"),
            funding: try fields.required("funding"),
            country: try fields.optional("country"),
            fingerprint: try fields.required("fingerprint"),
            checks: try fields.required("checks"),
            risk: try fields.required("risk"),
            traits: try fields.list("traits")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "network_token": networkToken.document,
            "brand": brand.document,
            "last4": last4.document,
            "expiration_month": expirationMonth.document,
            "expiration_year": expirationYear.document,
            "funding": funding.document,
            "country": .optional(country),
            "fingerprint": fingerprint.document,
            "checks": checks.document,
            "risk": risk.document,
            "traits": .list(traits),
        ]
    }
}
