import Payments

/// What the issuer of a test card does.
enum CardBehavior: Sendable, Equatable {
    /// Says yes to everything.
    case approves
    /// Declines every authorization with this decline code.
    case declines(String)
    /// Approves; a refund is in progress at first and succeeds when it is asked about again.
    case refundsLate
    /// Approves; a refund succeeds, and the issuer sends it back afterwards.
    case failsRefunds
    /// Approves, and objects once money was taken.
    case disputes(DisputeScript)
}

/// A test card: its number is public, its behavior a row of data.
struct MagicCard: Sendable {
    let number: String
    let brand: CardBrand
    let funding: CardFunding
    let country: String
    /// What follows `pm_card_` and `tok_` in the identifiers that stand for the card.
    let names: [String]
    let behavior: CardBehavior
    let risk: CardRisk
    /// How the issuer's checks end where there is something to check.
    let cvcCheck: CheckResult
    let addressLine1Check: CheckResult
    let postalCodeCheck: CheckResult

    init(
        _ number: String,
        _ brand: CardBrand = .visa,
        _ names: [String] = [],
        funding: CardFunding = .credit,
        country: String = "US",
        behavior: CardBehavior = .approves,
        risk: CardRisk = .normal,
        cvcCheck: CheckResult = .pass,
        addressLine1Check: CheckResult = .pass,
        postalCodeCheck: CheckResult = .pass
    ) {
        self.number = number
        self.brand = brand
        self.names = names
        self.funding = funding
        self.country = country
        self.behavior = behavior
        self.risk = risk
        self.cvcCheck = cvcCheck
        self.addressLine1Check = addressLine1Check
        self.postalCodeCheck = postalCodeCheck
    }

    /// Whether the identifier stands for a card with an address to check.
    var hasAddressInTests: Bool { addressLine1Check != .pass || postalCodeCheck != .pass }

    /// The checks of a card given with these data.
    func checks(cvc: Bool, addressLine1: Bool, postalCode: Bool) -> CardChecks {
        CardChecks(
            addressLine1: addressLine1 ? addressLine1Check : nil,
            addressPostalCode: postalCode ? postalCodeCheck : nil,
            cvc: cvc ? cvcCheck : nil
        )
    }

    /// By number, spelled in digits.
    static let byNumber = Dictionary(uniqueKeysWithValues: table.map { ($0.number, $0) })

    /// By identifier: `pm_card_visa` and `tok_visa` stand for the same card.
    static let byIdentifier = Dictionary(
        uniqueKeysWithValues: table.flatMap { card in
            card.names.flatMap { [("pm_card_\($0)", card), ("tok_\($0)", card)] }
        }
    )
}

/// A card scheme; the raw value is Stripe's lower-case word.
enum CardBrand: String, Sendable {
    case visa
    case mastercard
    case amex
    case discover
    case diners
    case jcb
    case unionpay

    /// The number of digits of its security codes.
    var cvcDigits: ClosedRange<Int> {
        switch self {
        // Stripe takes three digits of American Express too.
        case .amex: 3...4
        case .visa, .mastercard, .discover, .diners, .jcb, .unionpay: 3...3
        }
    }
}
