/// What an account stands for in the books.
public enum AccountType: String, Sendable, Hashable, CaseIterable {
    case asset
    case liability
    case income
    case expense
}

/// Who an account belongs to.
public enum AccountScope: String, Sendable, Hashable, CaseIterable {
    /// One account for the whole platform.
    case platform
    /// One account for each merchant.
    case merchant
}

/// How an account's balance is kept.
public enum BalancePolicy: String, Sendable, Hashable, CaseIterable {
    /// In a row that is locked and updated by each posting: always current, and a brake when hot.
    case strict
    /// As the last checkpoint plus the entries after it: no hot row, a little late.
    case rollup
}

/// One account of the chart.
public struct AccountDefinition: Sendable, Hashable {
    /// Its number.
    public let code: AccountCode
    /// Its name in lower case, as the API and the database write it.
    public let name: String
    /// Its name for people.
    public let title: String
    /// What it stands for.
    public let type: AccountType
    /// The side on which it grows.
    public let normalSide: Side
    /// How its balance is kept.
    public let policy: BalancePolicy
    /// Who it belongs to.
    public let scope: AccountScope
}

/// The chart of accounts, as data.
public enum Chart {
    /// Every account that is posted to, by number.
    public static let accounts: [AccountDefinition] = AccountCode.allCases.map(definition)

    /// What the chart says about an account.
    ///
    /// A merchant's escrow may be negative, by a refund whose fee is kept or is not yet earned
    /// again, but never by a payout; so no lower bound stands here.
    public static func definition(of code: AccountCode) -> AccountDefinition {
        switch code {
        case .bankEscrow: bankEscrow
        case .customerReceivable: customerReceivable
        case .merchantEscrowPending: merchantEscrowPending
        case .merchantEscrowAvailable: merchantEscrowAvailable
        case .refundClearing: refundClearing
        case .disputeClearing: disputeClearing
        case .payoutClearing: payoutClearing
        case .platformFees: platformFees
        case .platformFeesRefunded: platformFeesRefunded
        case .disputeFees: disputeFees
        case .networkFees: networkFees
        case .suspense: suspense
        case .badDebt: badDebt
        }
    }

    /// Merchants' money at the bank.
    private static let bankEscrow = AccountDefinition(
        code: .bankEscrow,
        name: "bank_escrow",
        title: "Bank (escrow)",
        type: .asset,
        normalSide: .debit,
        policy: .rollup,
        scope: .platform
    )

    /// On its way to merchants' banks.
    private static let payoutClearing = AccountDefinition(
        code: .payoutClearing,
        name: "payout_clearing",
        title: "Payout Clearing",
        type: .liability,
        normalSide: .credit,
        policy: .rollup,
        scope: .platform
    )

    /// Money that nobody can explain yet; each line has an open discrepancy, and it shall be empty.
    private static let suspense = AccountDefinition(
        code: .suspense,
        name: "suspense",
        title: "Suspense",
        type: .asset,
        normalSide: .debit,
        policy: .rollup,
        scope: .platform
    )

    /// What nobody will pay us any more.
    private static let badDebt = AccountDefinition(
        code: .badDebt,
        name: "bad_debt",
        title: "Bad Debt",
        type: .expense,
        normalSide: .debit,
        policy: .rollup,
        scope: .platform
    )

    /// What the network keeps of what it settles.
    private static let networkFees = AccountDefinition(
        code: .networkFees,
        name: "network_fees",
        title: "Network Fees",
        type: .expense,
        normalSide: .debit,
        policy: .rollup,
        scope: .platform
    )

    /// Captured from customers and not yet settled by the network.
    private static let customerReceivable = AccountDefinition(
        code: .customerReceivable,
        name: "customer_receivable",
        title: "Customer",
        type: .asset,
        normalSide: .debit,
        policy: .rollup,
        scope: .platform
    )

    /// Owed to the merchant, not settled.
    private static let merchantEscrowPending = AccountDefinition(
        code: .merchantEscrowPending,
        name: "merchant_escrow.pending",
        title: "Merchant Escrow (pending)",
        type: .liability,
        normalSide: .credit,
        policy: .strict,
        scope: .merchant
    )

    /// Owed to the merchant, settled.
    private static let merchantEscrowAvailable = AccountDefinition(
        code: .merchantEscrowAvailable,
        name: "merchant_escrow.available",
        title: "Merchant Escrow (available)",
        type: .liability,
        normalSide: .credit,
        policy: .strict,
        scope: .merchant
    )

    /// On its way back to customers; nothing when no refund is in flight.
    private static let refundClearing = AccountDefinition(
        code: .refundClearing,
        name: "refund_clearing",
        title: "Refund Clearing",
        type: .liability,
        normalSide: .credit,
        policy: .rollup,
        scope: .platform
    )

    /// On its way between merchants and customers' banks; nothing when no notice is half booked.
    private static let disputeClearing = AccountDefinition(
        code: .disputeClearing,
        name: "dispute_clearing",
        title: "Dispute Clearing",
        type: .liability,
        normalSide: .credit,
        policy: .rollup,
        scope: .platform
    )

    /// What chargebacks cost merchants, less what wins gave back.
    private static let disputeFees = AccountDefinition(
        code: .disputeFees,
        name: "dispute_fees",
        title: "Dispute Fees",
        type: .income,
        normalSide: .credit,
        policy: .rollup,
        scope: .platform
    )

    /// What we earned.
    private static let platformFees = AccountDefinition(
        code: .platformFees,
        name: "platform_fees",
        title: "Platform Fees",
        type: .income,
        normalSide: .credit,
        policy: .rollup,
        scope: .platform
    )

    /// What we gave back of it; never more than was earned on the same payment.
    private static let platformFeesRefunded = AccountDefinition(
        code: .platformFeesRefunded,
        name: "platform_fees_refunded",
        title: "Platform Fees Refunded",
        type: .income,
        normalSide: .debit,
        policy: .rollup,
        scope: .platform
    )
}
