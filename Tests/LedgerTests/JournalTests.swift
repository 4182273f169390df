import Ledger
import Money
import Payments
import Testing

@Suite("Journals")
struct JournalTests {
    private let customer = Account(.customerReceivable, for: .sample())
    private let escrow = Account(.merchantEscrowPending, for: .sample())
    private let fees = Account(.platformFees, for: .sample())

    @Test("a journal whose debits and credits differ cannot be made")
    func unbalanced() {
        #expect(throws: LedgerError.unbalanced(.inr)) {
            try Journal(
                kind: .captured,
                entries: [Entry(.debit, customer, inr(1_000)), Entry(.credit, escrow, inr(999))]
            )
        }
    }

    @Test("each currency balances by itself")
    func perCurrency() throws {
        let dollars = Money(minorUnits: 1_000, currency: .usd)
        #expect(throws: LedgerError.unbalanced(.inr)) {
            try Journal(
                kind: .captured,
                entries: [Entry(.debit, customer, inr(1_000)), Entry(.credit, escrow, dollars)]
            )
        }
        let journal = try Journal(
            kind: .captured,
            entries: [
                Entry(.debit, customer, inr(1_000)), Entry(.credit, escrow, inr(1_000)),
                Entry(.debit, customer, dollars), Entry(.credit, escrow, dollars),
            ]
        )
        #expect(journal.entries.count == 4)
    }

    @Test("entries are positive and at least two")
    func entries() {
        #expect(throws: LedgerError.tooFewEntries) { try Journal(kind: .captured, entries: []) }
        #expect(throws: LedgerError.tooFewEntries) {
            try Journal(kind: .captured, entries: [Entry(.debit, customer, inr(1))])
        }
        for amount in [Int64.min, -1, 0] {
            #expect(throws: LedgerError.amountNotPositive(.platformFees)) {
                try Journal(
                    kind: .captured,
                    entries: [
                        Entry(.debit, customer, inr(1)), Entry(.credit, escrow, inr(1)),
                        Entry(.credit, fees, inr(amount)),
                    ]
                )
            }
        }
    }

    @Test("sums that wrap around 64 bits are no false zero")
    func wideSums() {
        // Debits of exactly 2^64, which 64 bits cannot tell from nothing.
        let large = Entry(.debit, customer, inr(.max))
        let entries = [large, large, Entry(.debit, escrow, inr(2))]
        #expect(throws: LedgerError.unbalanced(.inr)) {
            try Journal(kind: .captured, entries: entries)
        }
    }

    @Test("a trial balance that would overflow is refused and unchanged")
    func trialOverflow() throws {
        var trial = TrialBalance()
        let journal = try Journal(
            kind: .captured,
            entries: [Entry(.debit, customer, inr(.max)), Entry(.credit, escrow, inr(.max))]
        )
        try trial.post(journal)
        let before = trial
        #expect(throws: LedgerError.money(.overflow)) { try trial.post(journal) }
        #expect(trial == before)
        #expect(trial.balance(of: escrow, in: .inr) == inr(.max))
        #expect(trial.balance(of: escrow, in: .usd) == .zero(.usd))
    }

    private func inr(_ minorUnits: Int64) -> Money {
        Money(minorUnits: minorUnits, currency: .inr)
    }
}
