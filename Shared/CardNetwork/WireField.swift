/// A field of our profile of ISO 8583:1987, named for what it holds; the raw value is its number.
///
/// The profile is ASCII throughout: digits and letters as text, bitmaps as hexadecimal digits.
public enum WireField: Int, Sendable, CaseIterable {
    /// Primary account number: the vault's network token, never a card number.
    case cardToken = 2
    /// `000000` for a purchase and all that follows from it, `200000` for a refund.
    case processingCode = 3
    /// The amount in minor units; of an advice or a reversal, what was authorized.
    case amount = 4
    /// Transmission date and time in UTC, MMDDhhmmss; a repeat carries the same.
    case transmissionTime = 7
    /// System trace audit number; wraps, so it only means something together with ``reference``.
    case traceNumber = 11
    /// Local transaction time, hhmmss; the acquirer is in UTC.
    case localTime = 12
    /// Local transaction date, MMDD.
    case localDate = 13
    /// The card's expiry, YYMM.
    case expirationDate = 14
    /// Merchant category code.
    case merchantCategory = 18
    /// How the card was read: `812`, by electronic commerce and without a PIN.
    case entryMode = 22
    /// `59` for electronic commerce, `06` for what follows an authorization.
    case conditionCode = 25
    /// Acquiring institution; references are unique within it.
    case acquirer = 32
    /// Retrieval reference of the family: an authorization, its capture and its reversal share it.
    case reference = 37
    /// The issuer's approval code.
    case authorizationCode = 38
    /// `00` for approved or taken, `09` for in progress, all else a refusal.
    case responseCode = 39
    /// Terminal.
    case terminal = 41
    /// Card acceptor: the last fifteen characters of the merchant's identifier.
    case acceptor = 42
    /// Card acceptor's name (25), city (13) and country (2), as the cardholder reads them.
    case acceptorName = 43
    /// Currency, as the three digits of ISO 4217.
    case currency = 49
    /// The network's own identifier of an approved authorization.
    case networkTransaction = 63
    /// `001` sign-on, `301` echo test.
    case managementCode = 70
    /// The authorization meant: type (4), trace number (6), time (10), acquirer (11), forwarder (11).
    case originalElements = 90
    /// What stands in place of ``amount``: transaction (12), settlement (12), two fees (9 each).
    case replacementAmounts = 95

    /// What may stand in a field.
    enum Content: Sendable {
        case digits
        case lettersAndDigits
        case printable

        func allows(_ byte: UInt8) -> Bool {
            switch self {
            case .digits: isDigit(byte)
            case .lettersAndDigits: isDigit(byte) || isUpperCase(byte) || isLowerCase(byte)
            case .printable: byte >= 0x20 && byte <= 0x7E
            }
        }

        private func isDigit(_ byte: UInt8) -> Bool {
            byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
        }

        private func isUpperCase(_ byte: UInt8) -> Bool {
            byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        }

        private func isLowerCase(_ byte: UInt8) -> Bool {
            byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
        }
    }

    /// How a field's length is known.
    enum Length: Sendable, Equatable {
        case fixed(Int)
        /// So many digits of length stand before the value, which has at least one byte.
        case variable(digits: Int, maximum: Int)
    }

    /// Content and length, the whole profile in one table.
    var format: (content: Content, length: Length) {
        switch self {
        case .cardToken: (.digits, .variable(digits: 2, maximum: 19))
        case .processingCode: (.digits, .fixed(6))
        case .amount: (.digits, .fixed(12))
        case .transmissionTime: (.digits, .fixed(10))
        case .traceNumber: (.digits, .fixed(6))
        case .localTime: (.digits, .fixed(6))
        case .localDate: (.digits, .fixed(4))
        case .expirationDate: (.digits, .fixed(4))
        case .merchantCategory: (.digits, .fixed(4))
        case .entryMode: (.digits, .fixed(3))
        case .conditionCode: (.digits, .fixed(2))
        case .acquirer: (.digits, .variable(digits: 2, maximum: 11))
        case .reference: (.lettersAndDigits, .fixed(12))
        case .authorizationCode: (.lettersAndDigits, .fixed(6))
        case .responseCode: (.lettersAndDigits, .fixed(2))
        case .terminal: (.printable, .fixed(8))
        case .acceptor: (.printable, .fixed(15))
        case .acceptorName: (.printable, .fixed(40))
        case .currency: (.digits, .fixed(3))
        case .networkTransaction: (.lettersAndDigits, .variable(digits: 3, maximum: 15))
        case .managementCode: (.digits, .fixed(3))
        case .originalElements: (.digits, .fixed(42))
        case .replacementAmounts: (.lettersAndDigits, .fixed(42))
        }
    }

    /// The field's words in an error.
    var label: String { "field \(rawValue) (\(self))" }
}
