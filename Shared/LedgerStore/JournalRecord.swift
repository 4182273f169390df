public import Ledger
public import Money
public import Payments

/// A journal as it stands in the books.
public struct JournalRecord: Sendable, Equatable {
    /// One leg of it.
    public struct Leg: Sendable, Equatable {
        /// The account.
        public let account: AccountRecord
        /// Debits positive, in minor units.
        public let amountMinorUnits: Int64

        /// The debit, 0 for a credit.
        public var debitMinorUnits: Int64 { max(0, amountMinorUnits) }
        /// The credit, 0 for a debit.
        public var creditMinorUnits: Int64 { max(0, -amountMinorUnits) }
    }

    /// Its identifier, derived from its event.
    public let id: JournalID
    /// The fact that it books.
    public let kind: String
    /// Its currency.
    public let currency: Currency
    /// The charge or refund that it is about.
    public let sourceID: String
    /// When the fact took effect.
    public let effectiveAt: Timestamp
    /// Its legs, in the order of the template.
    public let legs: [Leg]
}

/// An account as the database has it.
public struct AccountRecord: Sendable, Hashable {
    /// Its place in the chart.
    public let code: AccountCode
    /// The merchant that it belongs to; nil for the platform's own.
    public let merchantID: MerchantID?
    /// Its currency.
    public let currency: Currency

    /// Names an account.
    public init(code: AccountCode, merchantID: MerchantID?, currency: Currency) {
        self.code = code
        self.merchantID = merchantID
        self.currency = currency
    }

    /// The identifier that merchants see: `merchant_escrow.pending:acct_…:inr`,
    /// `platform_fees:inr`.
    public var name: String {
        let owner = merchantID.map { ":\($0.rawValue)" } ?? ""
        return "\(code.definition.name)\(owner):\(currency.code)"
    }

    /// Takes an identifier apart; nil when it cannot be one of ours.
    public init?(name: String) {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), let code = AccountCode(name: parts[0]),
            let currency = parts.last.flatMap({ try? Currency($0) })
        else { return nil }
        var merchant: MerchantID?
        if parts.count == 3 {
            guard let id = MerchantID(rawValue: parts[1]) else { return nil }
            merchant = id
        }
        self.init(code: code, merchantID: merchant, currency: currency)
    }
}
