/// Gives a total away in shares of a whole, without drift.
///
/// A share is `round(total × cumulative ÷ whole) − given`, half up, where the cumulative part counts
/// everything taken of the whole so far. When the whole is taken, exactly the total has been given,
/// whatever the steps were. This is how a fee goes back with partial refunds.
///
/// Invariant: `0 <= taken <= whole` and `0 <= given <= total`.
public struct CumulativeAllocation: Sendable, Hashable {
    /// What is given away in the end.
    public let total: Money
    /// What it is given away in proportion to.
    public let whole: Money
    /// How much of the whole has been taken so far.
    public private(set) var taken: Money
    /// How much of the total has been given so far.
    public private(set) var given: Money

    /// Starts an allocation, or continues one from what was taken and given before.
    ///
    /// `taken` may be less than what `given` was computed from, when parts were taken back since (a
    /// refund that failed); then later shares are smaller, and never negative.
    public init(
        of total: Money,
        over whole: Money,
        taken: Money? = nil,
        given: Money? = nil
    ) throws(MoneyError) {
        self.total = total
        self.whole = whole
        self.taken = taken ?? .zero(whole.currency)
        self.given = given ?? .zero(total.currency)
        try self.taken.requireSameCurrency(whole)
        try self.given.requireSameCurrency(total)
        guard total.minorUnits >= 0, whole.minorUnits >= 0, self.taken.minorUnits >= 0,
            self.given.minorUnits >= 0
        else { throw .negativeAmount }
        guard self.taken.minorUnits <= whole.minorUnits, self.given.minorUnits <= total.minorUnits
        else { throw .allocationExceeded }
    }

    /// The share of the total that belongs to a further part of the whole.
    public func share(of part: Money) throws(MoneyError) -> Money {
        guard part.minorUnits >= 0 else { throw .negativeAmount }
        let cumulative = try taken.adding(part)
        guard cumulative.minorUnits <= whole.minorUnits else { throw .allocationExceeded }
        guard whole.minorUnits > 0 else { return .zero(total.currency) }
        let due = Rounding.halfUp(
            total.minorUnits,
            times: cumulative.minorUnits,
            over: whole.minorUnits
        )
        return Money(minorUnits: max(0, due - given.minorUnits), currency: total.currency)
    }

    /// Takes a further part of the whole and gives its share.
    public mutating func take(_ part: Money) throws(MoneyError) -> Money {
        let share = try share(of: part)
        taken = try taken.adding(part)
        given = try given.adding(share)
        return share
    }
}

/// The one rule by which a proportion becomes a whole number of minor units.
enum Rounding {
    /// `value × numerator ÷ denominator`, half up, exactly.
    ///
    /// All three are not negative and the proportion is at most one, so the result fits.
    static func halfUp(_ value: Int64, times numerator: Int64, over denominator: Int64) -> Int64 {
        precondition(value >= 0 && numerator >= 0 && numerator <= denominator && denominator > 0)
        let doubled = 2 * Int128(value) * Int128(numerator) + Int128(denominator)
        return Int64(doubled / (2 * Int128(denominator)))
    }
}
