/// An amount: a whole number of minor units of one currency; never a floating-point number.
public struct Money: Sendable, Hashable {
    /// The amount in the currency's smallest unit; negative for money that goes the other way.
    public let minorUnits: Int64
    /// The currency.
    public let currency: Currency

    /// Makes an amount.
    public init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Nothing, in a currency.
    public static func zero(_ currency: Currency) -> Money {
        Money(minorUnits: 0, currency: currency)
    }

    /// Whether the amount is nothing.
    public var isZero: Bool { minorUnits == 0 }

    /// The sum, when both are of one currency and it fits.
    public func adding(_ other: Money) throws(MoneyError) -> Money {
        try requireSameCurrency(other)
        let (sum, overflows) = minorUnits.addingReportingOverflow(other.minorUnits)
        guard !overflows else { throw .overflow }
        return Money(minorUnits: sum, currency: currency)
    }

    /// The difference, when both are of one currency and it fits; it may be negative.
    public func subtracting(_ other: Money) throws(MoneyError) -> Money {
        try requireSameCurrency(other)
        let (difference, overflows) = minorUnits.subtractingReportingOverflow(other.minorUnits)
        guard !overflows else { throw .overflow }
        return Money(minorUnits: difference, currency: currency)
    }

    /// The same amount the other way.
    public func negated() throws(MoneyError) -> Money {
        try Money.zero(currency).subtracting(self)
    }

    /// Refuses an amount of another currency.
    public func requireSameCurrency(_ other: Money) throws(MoneyError) {
        guard currency == other.currency else {
            throw .currencyMismatch(currency, other.currency)
        }
    }

    /// The amount in major units with as many decimals as the currency has, `970.00`, `-0.05`.
    public var decimalString: String {
        let digits = String(minorUnits.magnitude)
        let sign = minorUnits < 0 ? "-" : ""
        guard currency.exponent > 0 else { return sign + digits }
        let missing = max(0, currency.exponent + 1 - digits.count)
        let padded = String(repeating: "0", count: missing) + digits
        return sign + padded.dropLast(currency.exponent) + "." + padded.suffix(currency.exponent)
    }
}

extension Money: CustomStringConvertible {
    /// The amount for people, `970.00 inr`.
    public var description: String { "\(decimalString) \(currency.code)" }
}
