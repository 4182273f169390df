import Money
import Payments

/// Money that went into suspense, and out of it again.
enum AdjustmentSample {
    static let first = Adjustment(
        id: AdjustmentID(checked: "adj_000000000000000000000001"),
        merchantID: .platform,
        discrepancyID: 7,
        debitAccount: 1010,
        creditAccount: 1900,
        amount: Money(minorUnits: 700, currency: .inr),
        clears: nil,
        proposedBy: "asha",
        approvedBy: "ravi"
    )
    static let second = Adjustment(
        id: AdjustmentID(checked: "adj_000000000000000000000002"),
        merchantID: MerchantID(checked: "acct_000000000000000000000001"),
        discrepancyID: 8,
        debitAccount: 1900,
        creditAccount: 2011,
        amount: Money(minorUnits: 700, currency: .inr),
        clears: first.id,
        proposedBy: "ravi",
        approvedBy: "asha"
    )
}
