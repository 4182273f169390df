import Ledger
import Money
import Payments
import Testing

/// Books kept twice: by ``TrialBalance``, and as a plain list of entries that is summed anew.
struct Books {
    private(set) var trial = TrialBalance()
    private(set) var entries: [Entry] = []

    mutating func post(_ journal: Journal) throws {
        try trial.post(journal)
        entries += journal.entries
        for currency in Set(journal.entries.map(\.amount.currency)) {
            let legs = journal.entries.filter { $0.amount.currency == currency }
            let debits = legs.filter { $0.side == .debit }.reduce(0) { $0 + $1.amount.minorUnits }
            let credits = legs.filter { $0.side == .credit }.reduce(0) { $0 + $1.amount.minorUnits }
            #expect(debits == credits)
            #expect(debits > 0)
        }
    }

    /// All accounts of a currency sum to zero, and each balance is the sum of its entries.
    func expectBalanced() {
        var sums: [TrialBalance.Key: Int64] = [:]
        var totals: [Currency: Int64] = [:]
        for entry in entries {
            let signed = entry.side == .debit ? entry.amount.minorUnits : -entry.amount.minorUnits
            sums[TrialBalance.Key(entry.account, entry.amount.currency), default: 0] += signed
            totals[entry.amount.currency, default: 0] += signed
        }
        #expect(trial.signedMinorUnits == sums)
        #expect(totals.values.allSatisfy { $0 == 0 })
    }

    /// A balance on the account's normal side, in minor units.
    func balance(_ code: AccountCode, of merchant: MerchantID, _ currency: Currency) -> Int64 {
        trial.balance(of: Account(code, for: merchant), in: currency).minorUnits
    }
}

extension MerchantID {
    /// A merchant for tests; the letter tells two of them apart.
    static func sample(_ letter: Character = "m") -> MerchantID {
        MerchantID(checked: "acct_" + String(repeating: letter, count: 24))
    }
}
