/// The number of an account in the chart.
///
/// Only accounts that are posted to are listed. There is one account of each per currency, and
/// per merchant where the chart says so.
public enum AccountCode: Int16, Sendable, Hashable, CaseIterable, Comparable {
    case bankEscrow = 1010
    case customerReceivable = 1100
    case suspense = 1900
    case merchantEscrowPending = 2010
    case merchantEscrowAvailable = 2011
    case refundClearing = 2110
    case disputeClearing = 2120
    case payoutClearing = 2130
    case platformFees = 4010
    case platformFeesRefunded = 4011
    case disputeFees = 4020
    case networkFees = 5010
    case badDebt = 5020

    /// What the chart says about the account.
    public var definition: AccountDefinition { Chart.definition(of: self) }

    /// Whether people may move money there to put a discrepancy right.
    ///
    /// What is in flight (2110 to 2130) and what is pending (2010) follows from refunds, disputes,
    /// payouts and captures one by one: those are put right there.
    public var isAdjustable: Bool {
        switch self {
        case .bankEscrow, .customerReceivable, .suspense, .merchantEscrowAvailable, .networkFees,
            .badDebt:
            true
        case .merchantEscrowPending, .refundClearing, .disputeClearing, .payoutClearing,
            .platformFees, .platformFeesRefunded, .disputeFees:
            false
        }
    }

    /// Finds an account by its name in the chart, `merchant_escrow.pending`.
    public init?(name: String) {
        guard let account = Chart.accounts.first(where: { $0.name == name }) else { return nil }
        self = account.code
    }

    /// Orders by number, as a chart is read.
    public static func < (left: AccountCode, right: AccountCode) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// The two sides of an account.
public enum Side: String, Sendable, Hashable, CaseIterable {
    case debit
    case credit

    /// How an amount on this side counts in a signed sum: debits are positive.
    public var sign: Int64 {
        switch self {
        case .debit: 1
        case .credit: -1
        }
    }
}
