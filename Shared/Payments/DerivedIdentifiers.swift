/// The identifier of an API event: `evt_`, a letter for the kind of stream, the stream's 24
/// characters, two base-62 digits of version, and a letter that counts the API events which one
/// domain event gives.
///
/// Nothing of it is stored; a lookup takes the identifier apart and reads one event.
public struct APIEventID: Sendable, Hashable, CustomStringConvertible {
    /// The stream of the domain event.
    public let stream: StreamID
    /// The domain event's version, 1 to ``Payment/maximumVersion``.
    public let version: Int32
    /// Which of its API events, from 0.
    public let index: Int

    /// Names an API event.
    public init(stream: StreamID, version: Int32, index: Int) {
        precondition((1...Payment.maximumVersion).contains(version), "a version has two digits")
        precondition((0..<26).contains(index), "an index is one letter")
        self.stream = stream
        self.version = version
        self.index = index
    }

    /// Takes an identifier apart; nil when it cannot be one of ours.
    public init?(rawValue: String) {
        let bytes = Array(rawValue.utf8)
        guard bytes.count == 32, rawValue.hasPrefix("evt_"),
            let suffix = DerivedIdentifier.suffix(bytes[5..<29]),
            let version = DerivedIdentifier.version(bytes[29..<31]),
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[31])
        else { return nil }
        switch bytes[4] {
        case UInt8(ascii: "p"): stream = .payment(PaymentID(checked: "pi_" + suffix))
        case UInt8(ascii: "m"): stream = .paymentMethod(PaymentMethodID(checked: "pm_" + suffix))
        case UInt8(ascii: "t"): stream = .cardToken(CardTokenID(checked: "tok_" + suffix))
        case UInt8(ascii: "a"): stream = .merchant(MerchantID(checked: "acct_" + suffix))
        case UInt8(ascii: "w"):
            stream = .webhookEndpoint(WebhookEndpointID(checked: "we_" + suffix))
        case UInt8(ascii: "r"):
            stream = .webhookReplay(WebhookReplayID(checked: "whr_" + suffix))
        case UInt8(ascii: "s"): stream = .settlement(SettlementID(checked: "stl_" + suffix))
        case UInt8(ascii: "o"): stream = .payout(PayoutID(checked: "po_" + suffix))
        case UInt8(ascii: "b"):
            stream = .balanceSettings(BalanceSettingsID(checked: "bset_" + suffix))
        case UInt8(ascii: "j"): stream = .adjustment(AdjustmentID(checked: "adj_" + suffix))
        case _: return nil
        }
        self.version = version
        index = Int(bytes[31] - UInt8(ascii: "a"))
    }

    /// The identifier as merchants see it.
    public var rawValue: String {
        let (letter, suffix) =
            switch stream {
            case .payment(let id): ("p", id.suffix)
            case .paymentMethod(let id): ("m", id.suffix)
            case .cardToken(let id): ("t", id.suffix)
            case .merchant(let id): ("a", id.suffix)
            case .webhookEndpoint(let id): ("w", id.suffix)
            case .webhookReplay(let id): ("r", id.suffix)
            case .settlement(let id): ("s", id.suffix)
            case .payout(let id): ("o", id.suffix)
            case .balanceSettings(let id): ("b", id.suffix)
            case .adjustment(let id): ("j", id.suffix)
            }
        let count = Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(index)))
        return "evt_" + letter + suffix + DerivedIdentifier.digits(version) + String(count)
    }

    /// The text of ``rawValue``.
    public var description: String { rawValue }
}

/// The identifier of the one journal of a money event: `jrn_`, the payment's 24 characters, two
/// base-62 digits of version.
public struct JournalID: Sendable, Hashable, CustomStringConvertible {
    /// The payment.
    public let paymentID: PaymentID
    /// The money event's version.
    public let version: Int32

    /// Names the journal of a money event.
    public init(paymentID: PaymentID, version: Int32) {
        precondition((1...Payment.maximumVersion).contains(version), "a version has two digits")
        self.paymentID = paymentID
        self.version = version
    }

    /// Names the journal of a settlement's money event.
    ///
    /// ``paymentID`` then has the settlement's characters and names no payment.
    public init(settlementID: SettlementID, version: Int32) {
        self.init(paymentID: PaymentID(checked: "pi_" + settlementID.suffix), version: version)
    }

    /// Names the journal of a payout's money event.
    ///
    /// ``paymentID`` then has the payout's characters and names no payment.
    public init(payoutID: PayoutID, version: Int32) {
        self.init(paymentID: PaymentID(checked: "pi_" + payoutID.suffix), version: version)
    }

    /// Names the journal of an adjustment.
    ///
    /// ``paymentID`` then has the adjustment's characters and names no payment.
    public init(adjustmentID: AdjustmentID) {
        self.init(paymentID: PaymentID(checked: "pi_" + adjustmentID.suffix), version: 1)
    }

    /// Takes an identifier apart; nil when it cannot be one of ours.
    public init?(rawValue: String) {
        guard let parts = DerivedIdentifier.parts(of: rawValue, prefix: "jrn_") else { return nil }
        (paymentID, version) = parts
    }

    /// The identifier as it is stored and shown.
    public var rawValue: String {
        "jrn_" + paymentID.suffix + DerivedIdentifier.digits(version)
    }

    /// The text of ``rawValue``.
    public var description: String { rawValue }
}

/// The identifier of the balance transaction of a money event: `txn_`, the payment's 24
/// characters, two base-62 digits of version.
public struct BalanceTransactionID: Sendable, Hashable, CustomStringConvertible {
    /// The payment.
    public let paymentID: PaymentID
    /// The money event's version.
    public let version: Int32

    /// Names the balance transaction of a money event.
    public init(paymentID: PaymentID, version: Int32) {
        precondition((1...Payment.maximumVersion).contains(version), "a version has two digits")
        self.paymentID = paymentID
        self.version = version
    }

    /// Takes an identifier apart; nil when it cannot be one of ours.
    public init?(rawValue: String) {
        guard let parts = DerivedIdentifier.parts(of: rawValue, prefix: "txn_") else { return nil }
        (paymentID, version) = parts
    }

    /// The identifier as merchants see it.
    public var rawValue: String {
        "txn_" + paymentID.suffix + DerivedIdentifier.digits(version)
    }

    /// The text of ``rawValue``.
    public var description: String { rawValue }
}

extension Payment {
    /// How many events a stream may have: 62² - 1, so that a version fits two base-62 digits.
    public static let maximumVersion: Int32 = 3_843
}

/// The parts that derived identifiers share.
private enum DerivedIdentifier {
    static func digits(_ version: Int32) -> String {
        Base62.encode(UInt64(version), digits: 2)
    }

    static func suffix(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.allSatisfy({ Base62.value(of: $0) != nil }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func version(_ bytes: ArraySlice<UInt8>) -> Int32? {
        guard let number = Base62.decode(String(decoding: bytes, as: UTF8.self)), number > 0 else {
            return nil
        }
        return Int32(number)
    }

    static func parts(of rawValue: String, prefix: String) -> (PaymentID, Int32)? {
        let bytes = Array(rawValue.utf8)
        guard bytes.count == 30, rawValue.hasPrefix(prefix), let suffix = suffix(bytes[4..<28]),
            let version = version(bytes[28..<30])
        else { return nil }
        return (PaymentID(checked: "pi_" + suffix), version)
    }
}
