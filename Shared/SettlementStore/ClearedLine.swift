public import Money
public import Payments

/// One transaction that the network says it settles.
public struct ClearedLine: Sendable, Hashable {
    /// What it is, in the words of `settlement_item`.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case sale
        case refund
        case chargeback
        case representment
        case refundReturn = "refund_return"

        /// Whether the money comes to us.
        public var isCredit: Bool {
            switch self {
            case .sale, .representment, .refundReturn: true
            case .refund, .chargeback: false
            }
        }
    }

    /// What it is.
    public let kind: Kind
    /// Field 37.
    public let reference: String
    /// Field 11.
    public let traceNumber: Int32
    /// What was moved.
    public let amountMinorUnits: Int64
    /// What the network keeps.
    public let interchangeMinorUnits: Int64

    /// Takes a line of a file that was read.
    public init(
        kind: Kind,
        reference: String,
        traceNumber: Int32,
        amountMinorUnits: Int64,
        interchangeMinorUnits: Int64
    ) {
        self.kind = kind
        self.reference = reference
        self.traceNumber = traceNumber
        self.amountMinorUnits = amountMinorUnits
        self.interchangeMinorUnits = interchangeMinorUnits
    }
}

/// A cut-off that has come for a merchant's items of one currency, and that has no batch yet.
public struct DueCutOff: Sendable, Hashable {
    /// Whose items.
    public let merchantID: MerchantID
    /// Whether they are real money.
    public let livemode: Bool
    /// In which currency.
    public let currency: Currency
}
