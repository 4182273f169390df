public import Money
public import Payments

/// One transaction that the network says it settles.
public struct ClearedLine: Sendable, Hashable {
    /// Whether it is money that goes back.
    public let isRefund: Bool
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
        isRefund: Bool,
        reference: String,
        traceNumber: Int32,
        amountMinorUnits: Int64,
        interchangeMinorUnits: Int64
    ) {
        self.isRefund = isRefund
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
