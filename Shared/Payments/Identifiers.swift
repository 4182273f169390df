public import JSON
public import Money

/// A public identifier: a prefix that names the kind, then 24 letters and digits.
///
/// The first eight characters after the prefix are the milliseconds since 1970 in base 62, so that
/// new rows land side by side in an index; the other sixteen are random (95 bits), so that an
/// identifier tells neither how many there are nor what the next one is.
public protocol Identifier: RawRepresentable, Sendable, Hashable, Comparable, DocumentConvertible,
    CustomStringConvertible
where RawValue == String {
    /// The prefix with its underscore, `pi_` for a payment.
    static var prefix: String { get }

    /// Takes a text that has already been checked.
    init(checked rawValue: String)
}

extension Identifier {
    /// How many characters follow the prefix.
    public static var suffixLength: Int { 24 }

    /// Accepts a text only when prefix, length and alphabet are right.
    public init?(rawValue: String) {
        let bytes = rawValue.utf8
        guard rawValue.hasPrefix(Self.prefix),
            bytes.count == Self.prefix.utf8.count + Self.suffixLength,
            bytes.dropFirst(Self.prefix.utf8.count).allSatisfy({ Base62.value(of: $0) != nil })
        else { return nil }
        self.init(checked: rawValue)
    }

    /// Makes a new identifier for this moment.
    public static func generate(
        at time: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> Self {
        let milliseconds = UInt64(max(0, time.microsecondsSinceEpoch / 1_000))
        var text = prefix + Base62.encode(milliseconds, digits: 8)
        for _ in 0..<16 {
            text.append(Base62.digit(Int.random(in: 0..<62, using: &generator)))
        }
        return Self(checked: text)
    }

    /// The 24 characters after the prefix, from which derived identifiers are made.
    public var suffix: String { String(rawValue.dropFirst(Self.prefix.count)) }

    /// The text of ``rawValue``.
    public var description: String { rawValue }

    /// Orders by the text.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The stored form.
    public var document: JSON { .string(rawValue) }

    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        guard case .string(let text) = document, let value = Self(rawValue: text) else {
            throw DocumentError.invalidValue(type: String(describing: Self.self))
        }
        self = value
    }
}

/// Names a payment, and names its event stream.
public struct PaymentID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "pi_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Names one attempt to charge a card; Stripe's charge.
public struct ChargeID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "ch_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Names a refund.
public struct RefundID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "re_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Names a stored payment method, and names its event stream.
public struct PaymentMethodID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "pm_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Names a single-use card token, and names its event stream.
public struct CardTokenID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "tok_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Names a merchant, and names its event stream.
public struct MerchantID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "acct_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}
