/// What we charge a merchant for a captured payment: a part of the amount and a fixed part.
public struct FeePolicy: Sendable, Hashable {
    /// The part of the amount, in hundredths of a percent; 300 is 3 %.
    public let basisPoints: Int64
    /// What is added to it, in minor units of the payment's currency.
    public let fixedMinorUnits: Int64

    /// Makes a policy whose parts are in range.
    public init(basisPoints: Int64, fixedMinorUnits: Int64) throws(MoneyError) {
        guard (0...10_000).contains(basisPoints), fixedMinorUnits >= 0 else {
            throw .invalidFeePolicy
        }
        self.init(checkedBasisPoints: basisPoints, fixedMinorUnits: fixedMinorUnits)
    }

    private init(checkedBasisPoints: Int64, fixedMinorUnits: Int64) {
        basisPoints = checkedBasisPoints
        self.fixedMinorUnits = fixedMinorUnits
    }

    /// No fee at all.
    public static let free = FeePolicy(checkedBasisPoints: 0, fixedMinorUnits: 0)

    /// 3 % and no fixed part, so that 1000.00 splits into 970.00 and 30.00.
    public static let standard = FeePolicy(checkedBasisPoints: 300, fixedMinorUnits: 0)

    /// The fee on an amount: rounded half up, and never more than the amount.
    public func fee(on amount: Money) throws(MoneyError) -> Money {
        guard amount.minorUnits >= 0 else { throw .negativeAmount }
        let proportional = Rounding.halfUp(amount.minorUnits, times: basisPoints, over: 10_000)
        let (sum, overflows) = proportional.addingReportingOverflow(fixedMinorUnits)
        return Money(
            minorUnits: overflows ? amount.minorUnits : min(sum, amount.minorUnits),
            currency: amount.currency
        )
    }
}
