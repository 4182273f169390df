import Ledger
import Money
import Payments
import TestKit
import Testing

@Suite("The books of random trade")
struct PostingPropertyTests {
    @Test("the books agree with the payments at every moment", arguments: seeds)
    func booksAgree(seed: UInt64) throws {
        var trade = try RandomTrade(seed: seed)
        for step in 1...600 {
            try trade.step()
            if step.isMultiple(of: 20) { try check(trade) }
        }
        try check(trade)
        // Enough happened for the checks to mean something.
        let kinds = Set(trade.postings.values.map(\.journal.kind))
        #expect(kinds == [.captured, .refundRequested, .refundCleared, .refundFailed])
    }

    @Test("clearing is empty once nothing is in flight", arguments: seeds)
    func clearingEmpties(seed: UInt64) throws {
        var trade = try RandomTrade(seed: seed)
        var clearingWasUsed = false
        for _ in 0..<300 {
            try trade.step()
            clearingWasUsed = clearingWasUsed || clearing(trade) > 0
        }
        for _ in 0..<100 { try trade.finish() }
        try check(trade)
        #expect(clearingWasUsed)
        #expect(clearing(trade) == 0)
    }

    private static var seeds: [UInt64] { SeededGenerator.seeds(count: 3, kept: [1, 2]) }

    private func check(_ trade: RandomTrade) throws {
        trade.books.expectBalanced()
        #expect(trade.postings.count == trade.moneyEventCount)
        for payment in trade.payments { checkBounds(payment, trade) }
        for currency in Set(trade.merchants.map(\.defaultCurrency)) {
            try checkBalances(trade, currency)
        }
    }

    /// captured ≤ authorized; refunded ≤ captured; fee returned ≤ fee; by the payment and by the
    /// entries of its own journals.
    private func checkBounds(_ payment: Payment, _ trade: RandomTrade) {
        let authorized = payment.attempts.map(\.authorizedMinorUnits).max() ?? 0
        #expect(payment.capturedMinorUnits <= authorized)
        #expect(payment.refundedMinorUnits <= payment.capturedMinorUnits)
        var signed: [AccountCode: Int64] = [:]
        for version in 1...max(1, payment.version) {
            let id = JournalID(paymentID: payment.id, version: version)
            for entry in trade.postings[id]?.journal.entries ?? [] {
                signed[entry.account.code, default: 0] += entry.signedMinorUnits
            }
        }
        let fee = -signed[.platformFees, default: 0]
        let feeReturned = signed[.platformFeesRefunded, default: 0]
        #expect(fee == payment.capturedAttempt?.capture?.fee.minorUnits ?? 0)
        #expect(feeReturned == payment.feeReturnedMinorUnits)
        #expect((0...fee).contains(feeReturned))
        // What the customers owe is what was captured and not given back for good.
        let owed = signed[.customerReceivable, default: 0]
        #expect((0...payment.capturedMinorUnits).contains(owed))
    }

    /// Each account holds what the payments say it must.
    private func checkBalances(_ trade: RandomTrade, _ currency: Currency) throws {
        var platform: [AccountCode: Int64] = [:]
        for merchant in trade.merchants where merchant.defaultCurrency == currency {
            var pending: Int64 = 0
            var available: Int64 = 0
            for payment in trade.payments where payment.merchantID == merchant.id {
                let fee = payment.capturedAttempt?.capture?.fee.minorUnits ?? 0
                pending += payment.capturedMinorUnits - fee
                platform[.platformFees, default: 0] += fee
                platform[.customerReceivable, default: 0] += payment.capturedMinorUnits
                for refund in payment.refunds where refund.purpose == .returnCaptured {
                    let net = refund.amount.minorUnits - refund.feeReturned.minorUnits
                    pending -= net
                    if refund.status == .failed {
                        available += net
                        continue
                    }
                    let account: AccountCode =
                        refund.status == .pending ? .refundClearing : .customerReceivable
                    let sign: Int64 = refund.status == .pending ? 1 : -1
                    platform[account, default: 0] += sign * refund.amount.minorUnits
                    platform[.platformFeesRefunded, default: 0] += refund.feeReturned.minorUnits
                }
            }
            let books = trade.books
            #expect(books.balance(.merchantEscrowPending, of: merchant.id, currency) == pending)
            #expect(books.balance(.merchantEscrowAvailable, of: merchant.id, currency) == available)
        }
        let merchant = try #require(trade.merchants.first)
        for code in AccountCode.allCases where code.definition.scope == .platform {
            #expect(
                trade.books.balance(code, of: merchant.id, currency) == platform[code, default: 0]
            )
        }
    }

    private func clearing(_ trade: RandomTrade) -> Int64 {
        trade.books.trial.signedMinorUnits.reduce(0) { sum, balance in
            balance.key.account.code == .refundClearing ? sum - balance.value : sum
        }
    }
}
