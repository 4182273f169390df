public import Money

/// The balances of all accounts, folded from journals.
///
/// Journals sum to zero, so the balances of a currency always do; a trial balance that does not is
/// proof of an error somewhere else.
public struct TrialBalance: Sendable, Equatable {
    /// One account in one currency.
    public struct Key: Sendable, Hashable {
        /// The account.
        public let account: Account
        /// The currency.
        public let currency: Currency

        /// Names an account in a currency.
        public init(_ account: Account, _ currency: Currency) {
            self.account = account
            self.currency = currency
        }
    }

    /// Signed balances in minor units, debits positive; an account without entries is absent.
    public private(set) var signedMinorUnits: [Key: Int64] = [:]

    /// Starts empty books.
    public init() {}

    /// Adds a journal; when a balance would not fit 64 bits, nothing is changed.
    public mutating func post(_ journal: Journal) throws(LedgerError) {
        var changed = signedMinorUnits
        for entry in journal.entries {
            let key = Key(entry.account, entry.amount.currency)
            let (sum, overflows) = changed[key, default: 0].addingReportingOverflow(
                entry.signedMinorUnits
            )
            guard !overflows else { throw .money(.overflow) }
            changed[key] = sum
        }
        signedMinorUnits = changed
    }

    /// An account's balance on its normal side: what a merchant is owed is positive.
    public func balance(of account: Account, in currency: Currency) -> Money {
        let signed = signedMinorUnits[Key(account, currency)] ?? 0
        return Money(
            minorUnits: signed * account.code.definition.normalSide.sign,
            currency: currency
        )
    }
}
