public import Money
public import Payments

/// The way to make a journal of several amounts that are set off against each other: each leg is a
/// sum of them, and falls on the side that its sign says.
///
/// Like a ``JournalTemplate`` it is proved when it is made, for all amounts at once: how often each
/// amount is in its legs comes to nothing, debits counted positive.
public struct NettingTemplate: Sendable, Hashable {
    /// An amount that a settlement brings.
    public enum Part: Sendable, Hashable, CaseIterable {
        case sales
        case refunds
        case networkFees
        case available
    }

    /// An account with how often each amount is debited to it; negative for credits.
    public struct Leg: Sendable, Hashable {
        /// The account.
        public let account: AccountCode
        /// How often each amount is in it.
        public let coefficients: [Part: Int64]

        /// Makes a leg.
        public init(_ account: AccountCode, _ coefficients: [Part: Int64]) {
            self.account = account
            self.coefficients = coefficients
        }
    }

    /// What its journals record.
    public let kind: JournalKind
    /// Its legs, in the order of the entries.
    public let legs: [Leg]

    /// Makes a template, if its debits equal its credits whatever the amounts are.
    public init(kind: JournalKind, legs: [Leg]) throws(LedgerError) {
        for part in Part.allCases {
            let sum = legs.reduce(0) { $0 + ($1.coefficients[part] ?? 0) }
            guard sum == 0 else { throw .unbalancedTemplate(kind) }
        }
        guard legs.count >= 2 else { throw .tooFewEntries }
        self.kind = kind
        self.legs = legs
    }

    /// The journal of some amounts of one currency; nil where all of it comes to nothing.
    public func journal(
        for merchant: MerchantID,
        _ amounts: [Part: Money]
    ) throws(LedgerError) -> Journal? {
        guard let currency = amounts.values.first?.currency else { return nil }
        var entries: [Entry] = []
        for leg in legs {
            var sum = Money.zero(currency)
            for part in Part.allCases {
                guard let amount = amounts[part], let count = leg.coefficients[part], count != 0
                else { continue }
                do throws(MoneyError) {
                    sum = try sum.adding(count < 0 ? try amount.negated() : amount)
                } catch {
                    throw .money(error)
                }
            }
            if sum.isZero { continue }
            let side: Side = sum.minorUnits > 0 ? .debit : .credit
            let size = Money(minorUnits: side.sign * sum.minorUnits, currency: currency)
            entries.append(Entry(side, Account(leg.account, for: merchant), size))
        }
        return entries.isEmpty ? nil : try Journal(kind: kind, entries: entries)
    }
}

extension NettingTemplate {
    /// The network settles: the bank has the sales less refunds less what the network keeps.
    public static let networkSettled = proved(
        .networkSettled,
        Leg(.bankEscrow, [.sales: 1, .refunds: -1, .networkFees: -1]),
        Leg(.networkFees, [.networkFees: 1]),
        Leg(.customerReceivable, [.sales: -1, .refunds: 1])
    )

    /// Settled: what is left of the charges for the merchant is available to it.
    public static let madeAvailable = proved(
        .madeAvailable,
        Leg(.merchantEscrowPending, [.available: 1]),
        Leg(.merchantEscrowAvailable, [.available: -1])
    )

    /// Every template.
    public static let all: [NettingTemplate] = [networkSettled, madeAvailable]

    /// Coefficients are one or minus one, so that a sum of amounts is one addition each.
    private static func proved(_ kind: JournalKind, _ legs: Leg...) -> NettingTemplate {
        do {
            return try NettingTemplate(kind: kind, legs: legs)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
