public import Payments

/// Card data on its way to the vault; nothing keeps it.
///
/// It describes itself as hidden, so that it cannot get into a log or an error by accident.
public struct CardData: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The card number as the customer wrote it; blanks and hyphens are let through.
    public let number: String
    /// 1 to 12, if it is right.
    public let expirationMonth: Int
    /// Four digits, or the last two of them.
    public let expirationYear: Int
    /// The security code, if one was given.
    public let cvc: String?
    /// Whether a first address line was given, which the issuer then checks.
    public let hasAddressLine1: Bool
    /// Whether a postal code was given, which the issuer then checks.
    public let hasPostalCode: Bool

    /// Takes what the customer wrote, unchecked.
    public init(
        number: String,
        expirationMonth: Int,
        expirationYear: Int,
        cvc: String? = nil,
        hasAddressLine1: Bool = false,
        hasPostalCode: Bool = false
    ) {
        self.number = number
        self.expirationMonth = expirationMonth
        self.expirationYear = expirationYear
        self.cvc = cvc
        self.hasAddressLine1 = hasAddressLine1
        self.hasPostalCode = hasPostalCode
    }

    /// Never the data.
    public var description: String { "[card data]" }

    /// Never the data.
    public var debugDescription: String { "[card data]" }

    /// Never the data, not even to `dump`.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The card network's token vault, the only place that knows card numbers.
///
/// ``VaultClient`` is the real one; tests of the gateway bring their own.
public protocol CardVault: Sendable {
    /// Stores a card and gives what may be kept of it: a token instead of its number.
    ///
    /// The same card gets the same token and the same fingerprint.
    func tokenize(_ card: CardData) async throws(VaultError) -> CardDetails

    /// The card behind a well-known test identifier such as `pm_card_visa` or `tok_visa`.
    ///
    /// Nil means that there is no such identifier.
    func resolve(_ identifier: String) async throws(VaultError) -> CardDetails?
}

/// Why the vault gave no card.
public enum VaultError: Error, Sendable, Equatable {
    /// The card data is wrong, and the customer can be told how.
    case refused(CardRefusal)
    /// The vault could not be reached or did not answer in its language; a later try may succeed.
    case unavailable(reason: String)
}

/// What is wrong with card data; the raw value is Stripe's error code.
public enum CardRefusal: String, Error, Sendable, CaseIterable {
    /// Not a card number at all: letters, or too short or long.
    case invalidNumber = "invalid_number"
    /// The check digit does not match.
    case incorrectNumber = "incorrect_number"
    /// No such month, or a month of this year that has passed.
    case invalidExpiryMonth = "invalid_expiry_month"
    /// A year that has passed or lies absurdly far ahead.
    case invalidExpiryYear = "invalid_expiry_year"
    /// Not three digits (American Express: four).
    case invalidCVC = "invalid_cvc"
    /// A card that is not one of the test cards; the sandbox must never hold a real one.
    case notATestCard = "card_declined"

    /// Stripe's error code.
    public var code: String { rawValue }

    /// The finer reason, for a card that was declined as a whole.
    public var declineCode: String? {
        switch self {
        case .notATestCard: "testmode_decline"
        case .invalidNumber, .incorrectNumber, .invalidExpiryMonth, .invalidExpiryYear, .invalidCVC:
            nil
        }
    }

    /// The card field at fault, as the merchant names it inside `card[…]`.
    public var parameter: String? {
        switch self {
        case .invalidNumber, .incorrectNumber: "number"
        case .invalidExpiryMonth: "exp_month"
        case .invalidExpiryYear: "exp_year"
        case .invalidCVC: "cvc"
        case .notATestCard: nil
        }
    }

    /// A sentence that can be shown to the customer.
    public var message: String {
        switch self {
        case .invalidNumber: "The card number is not a valid credit card number."
        case .incorrectNumber: "Your card number is incorrect."
        case .invalidExpiryMonth: "Your card's expiration month is invalid."
        case .invalidExpiryYear: "Your card's expiration year is invalid."
        case .invalidCVC: "Your card's security code is invalid."
        case .notATestCard:
            "Your card was declined. Your request was in test mode, but used a non test card."
        }
    }
}
