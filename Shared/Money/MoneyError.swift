/// Says why money could not be made or computed.
public enum MoneyError: Error, Sendable, Equatable {
    /// No currency of ISO 4217 has this code.
    case unknownCurrency(String)
    /// Amounts of two currencies were to be combined.
    case currencyMismatch(Currency, Currency)
    /// The result does not fit 64 bits.
    case overflow
    /// An amount is negative where it must not be.
    case negativeAmount
    /// More was to be allocated than there is.
    case allocationExceeded
    /// A fee is not between 0 and 10,000 basis points, or its fixed part is negative.
    case invalidFeePolicy
}

extension MoneyError: CustomStringConvertible {
    /// The refusal in words.
    public var description: String {
        switch self {
        case .unknownCurrency(let code): "unknown currency \(code)"
        case .currencyMismatch(let left, let right): "\(left) cannot be combined with \(right)"
        case .overflow: "the amount does not fit 64 bits"
        case .negativeAmount: "the amount is negative"
        case .allocationExceeded: "more is allocated than there is"
        case .invalidFeePolicy: "the fee is out of range"
        }
    }
}
