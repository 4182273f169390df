import Ledger
import Payments
import Testing

@Suite("The chart of accounts")
struct ChartTests {
    @Test("accounts have the numbers, names, sides and policies of the books", arguments: chart)
    func definitions(
        code: Int16,
        name: String,
        type: AccountType,
        side: Side,
        policy: BalancePolicy
    ) throws {
        let account = try #require(AccountCode(rawValue: code)).definition
        #expect(account.code.rawValue == code)
        #expect(account.name == name)
        #expect(account.type == type)
        #expect(account.normalSide == side)
        #expect(account.policy == policy)
        #expect(AccountCode(name: name) == account.code)
    }

    @Test("every account stands in the chart once")
    func complete() {
        #expect(Chart.accounts.map(\.code.rawValue) == Self.chart.map(\.0))
        #expect(Set(Chart.accounts.map(\.name)).count == Chart.accounts.count)
        #expect(AccountCode(name: "petty_cash") == nil)
    }

    @Test("every account of the chart is posted to by some template, or by what people agree on")
    func allUsed() {
        let used = Set(JournalTemplate.all.flatMap(\.legs).map(\.account))
            .union(NettingTemplate.all.flatMap(\.legs).map(\.account))
        #expect(used.union([.suspense, .badDebt]) == Set(AccountCode.allCases))
        #expect(AccountCode.suspense.isAdjustable && AccountCode.badDebt.isAdjustable)
    }

    @Test("escrow belongs to the merchant, everything else to the platform")
    func owners() {
        let merchant = MerchantID.sample()
        for code in AccountCode.allCases {
            let isEscrow = code == .merchantEscrowPending || code == .merchantEscrowAvailable
            #expect(
                Account(code, for: merchant).owner == (isEscrow ? .merchant(merchant) : .platform)
            )
            // Only what belongs to one merchant is locked by each posting.
            #expect((code.definition.policy == .strict) == isEscrow)
        }
    }

    private static let chart: [(Int16, String, AccountType, Side, BalancePolicy)] = [
        (1010, "bank_escrow", .asset, .debit, .rollup),
        (1100, "customer_receivable", .asset, .debit, .rollup),
        (1900, "suspense", .asset, .debit, .rollup),
        (2010, "merchant_escrow.pending", .liability, .credit, .strict),
        (2011, "merchant_escrow.available", .liability, .credit, .strict),
        (2110, "refund_clearing", .liability, .credit, .rollup),
        (2120, "dispute_clearing", .liability, .credit, .rollup),
        (2130, "payout_clearing", .liability, .credit, .rollup),
        (4010, "platform_fees", .income, .credit, .rollup),
        (4011, "platform_fees_refunded", .income, .debit, .rollup),
        (4020, "dispute_fees", .income, .credit, .rollup),
        (5010, "network_fees", .expense, .debit, .rollup),
        (5020, "bad_debt", .expense, .debit, .rollup),
    ]
}
