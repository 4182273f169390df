import Ledger
import Money
import Payments
import TestKit
import Testing

@Suite("Journal templates")
struct TemplateTests {
    /// ₹1000.00 and a fee of ₹30.00, as the books are explained.
    private let merchant = MerchantID.sample()

    @Test("each fact is booked as the books say", arguments: facts)
    func entries(template: JournalTemplate, expected: [String]) throws {
        let journal = try template.journal(for: merchant, amounts(gross: 1_000, fee: 30))
        #expect(journal.kind == template.kind)
        #expect(journal.entries.map(written) == expected)
    }

    @Test("a kept fee leaves no entry", arguments: JournalTemplate.all)
    func keptFee(template: JournalTemplate) throws {
        let journal = try template.journal(for: merchant, amounts(gross: 1_000, fee: 0))
        #expect(journal.entries.count == 2)
        #expect(journal.entries.allSatisfy { $0.amount.minorUnits == 1_000 })
    }

    @Test("a fee that takes everything leaves the merchant no entry")
    func wholeFee() throws {
        let journal = try JournalTemplate.captured.journal(
            for: merchant,
            amounts(gross: 30, fee: 30)
        )
        #expect(journal.entries.map(written) == ["Dr 1100 30", "Cr 4010 30"])
    }

    @Test("a capture that is voided leaves every account as it was")
    func voided() throws {
        var books = Books()
        for template in [JournalTemplate.captured, .captureVoided] {
            try books.post(template.journal(for: merchant, amounts(gross: 999, fee: 31)))
        }
        books.expectBalanced()
        #expect(books.trial.signedMinorUnits.values.allSatisfy { $0 == 0 })
        #expect(books.trial.signedMinorUnits.count == 3)
    }

    @Test("a template that is unbalanced for some amounts cannot be made")
    func unprovable() {
        // Equal only while there is no fee.
        #expect(throws: LedgerError.unbalancedTemplate(.captured)) {
            try JournalTemplate(
                kind: .captured,
                legs: [
                    .debit(.customerReceivable, .gross), .credit(.merchantEscrowPending, .net),
                ]
            )
        }
        #expect(throws: LedgerError.unbalancedTemplate(.refundCleared)) {
            try JournalTemplate(
                kind: .refundCleared,
                legs: [
                    .debit(.refundClearing, .gross), .debit(.customerReceivable, .gross),
                ]
            )
        }
        #expect(throws: LedgerError.tooFewEntries) {
            try JournalTemplate(kind: .captured, legs: [])
        }
    }

    @Test("amounts are positive, of one currency, and the fee is a part of them")
    func amountsOutOfRange() {
        #expect(throws: LedgerError.feeOutOfRange) { try amounts(gross: 10, fee: 11) }
        #expect(throws: LedgerError.feeOutOfRange) { try amounts(gross: 10, fee: -1) }
        #expect(throws: LedgerError.money(.negativeAmount)) { try amounts(gross: 0, fee: 0) }
        #expect(throws: LedgerError.money(.currencyMismatch(.inr, .usd))) {
            try JournalAmounts(gross: Money(minorUnits: 1, currency: .inr), fee: .zero(.usd))
        }
    }

    @Test("random facts sum to zero", arguments: SeededGenerator.seeds(count: 3))
    func randomFacts(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var books = Books()
        for _ in 0..<2_000 {
            let gross = Int64.random(in: 1...99_999_999, using: &generator)
            let fee = Int64.random(in: 0...gross, using: &generator)
            let template = try #require(JournalTemplate.all.randomElement(using: &generator))
            let currency = try #require(Currency.all.randomElement(using: &generator))
            let owner = MerchantID.sample(generator.chance(percent: 50) ? "a" : "b")
            try books.post(
                template.journal(
                    for: owner,
                    JournalAmounts(
                        gross: Money(minorUnits: gross, currency: currency),
                        fee: Money(minorUnits: fee, currency: currency)
                    )
                )
            )
        }
        books.expectBalanced()
    }

    private static let facts: [(JournalTemplate, [String])] = [
        (.captured, ["Dr 1100 1000", "Cr 2010 970", "Cr 4010 30"]),
        (.captureVoided, ["Dr 2010 970", "Dr 4010 30", "Cr 1100 1000"]),
        (
            .refundRequestedBeforeSettlement,
            ["Dr 2010 1000", "Cr 2110 1000", "Dr 4011 30", "Cr 2010 30"]
        ),
        (
            .refundRequestedAfterSettlement,
            ["Dr 2011 1000", "Cr 2110 1000", "Dr 4011 30", "Cr 2011 30"]
        ),
        (.refundCleared, ["Dr 2110 1000", "Cr 1100 1000"]),
        (.refundFailed, ["Dr 2110 1000", "Cr 2011 1000", "Dr 2011 30", "Cr 4011 30"]),
        (.refundReturned, ["Dr 1100 1000", "Cr 2110 1000"]),
        (.disputeFundsWithdrawn, ["Dr 2011 1000", "Cr 2120 1000"]),
        (.disputeFeeCharged, ["Dr 2011 1000", "Cr 4020 1000"]),
        (.disputeChargedBack, ["Dr 2120 1000", "Cr 1100 1000"]),
        (.disputeRepresented, ["Dr 1100 1000", "Cr 2120 1000"]),
        (.disputeFundsReinstated, ["Dr 2120 1000", "Cr 2011 1000"]),
        (.disputeFeeReturned, ["Dr 4020 1000", "Cr 2011 1000"]),
    ]

    private func amounts(gross: Int64, fee: Int64) throws(LedgerError) -> JournalAmounts {
        try JournalAmounts(
            gross: Money(minorUnits: gross, currency: .inr),
            fee: Money(minorUnits: fee, currency: .inr)
        )
    }

    private func written(_ entry: Entry) -> String {
        let side = entry.side == .debit ? "Dr" : "Cr"
        return "\(side) \(entry.account.code.rawValue) \(entry.amount.minorUnits)"
    }
}
