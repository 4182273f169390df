import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import Projections
import TestKit
import Testing

@Suite("Reading the books", .timeLimit(.minutes(3)))
struct ReadingTests {
    @Test("A merchant finds its journals by payment, charge, refund, account, kind and time")
    func filters() async throws {
        try await withTrade { reader, trade in
            func found(_ filter: (inout JournalFilter) -> Void) async throws -> [JournalID] {
                var wanted = JournalFilter()
                filter(&wanted)
                return try await reader.journals(PageRequest(), wanted).items.map(\.id)
            }
            #expect(try await found { _ in } == trade.journals.reversed())
            #expect(try await found { $0.paymentID = trade.payments[0] } == trade.ids([2, 0]))
            #expect(try await found { $0.sourceID = "ch_0" } == trade.ids([0]))
            #expect(try await found { $0.sourceID = "re_0" } == trade.ids([2]))
            #expect(try await found { $0.sourceID = "ch_of_nobody" }.isEmpty)
            #expect(try await found { $0.currencyCode = "usd" }.isEmpty)
            #expect(try await found { $0.kinds = ["refund_cleared"] }.isEmpty)
            #expect(try await found { $0.kinds = ["payment_captured"] }.count == 3)
            let clearing = AccountRecord(
                code: .refundClearing,
                merchantID: nil,
                currency: try Currency("inr")
            )
            #expect(try await found { $0.account = clearing } == trade.ids([2]))
            let since = PageRequest(createdFrom: Timestamp(secondsSinceEpoch: 200))
            #expect(try await reader.journals(since).items.map(\.id) == trade.ids([2, 1]))
        }
    }

    @Test("Pages follow each other in both directions")
    func pages() async throws {
        try await withTrade { reader, trade in
            let first = try await reader.journals(PageRequest(limit: 2))
            #expect(first.items.map(\.id) == trade.ids([2, 1]))
            #expect(first.hasMore)
            let second = try await reader.journals(
                PageRequest(start: .after(trade.journals[1].rawValue), limit: 2)
            )
            #expect(second.items.map(\.id) == trade.ids([0]))
            #expect(!second.hasMore)
            let back = try await reader.journals(
                PageRequest(start: .before(trade.journals[0].rawValue), limit: 2)
            )
            #expect(back.items.map(\.id) == trade.ids([2, 1]))
            await #expect(throws: CursorNotFound.self) {
                try await reader.journals(PageRequest(start: .after("jrn_unknown")))
            }
        }
    }

    @Test("A journal comes with all its legs, the platform's too")
    func legs() async throws {
        try await withTrade { reader, trade in
            let journal = try #require(try await reader.journal(trade.journals[0]))
            #expect(
                journal.legs.map(\.account.code) == [
                    .customerReceivable, .merchantEscrowPending, .platformFees,
                ]
            )
            #expect(journal.legs.map(\.debitMinorUnits) == [1_000, 0, 0])
            #expect(journal.legs.map(\.creditMinorUnits) == [0, 970, 30])
            #expect(journal.legs.map(\.account.merchantID) == [nil, reader.merchantID, nil])
        }
    }

    @Test("Balances are the merchant's own, as of now and as of then")
    func balances() async throws {
        try await withTrade { reader, _ in
            let inr = try Currency("inr")
            let pending = AccountRecord(
                code: .merchantEscrowPending,
                merchantID: reader.merchantID,
                currency: inr
            )
            let now = try await reader.balances()
            #expect(now.map(\.pendingMinorUnits) == [970 + 485 - 400])
            #expect(now.map(\.currency) == [inr])
            #expect(try await reader.accounts() == [pending])
            for (second, expected): (Int64, Int64) in [
                (100, 0), (101, 970), (201, 1_455), (301, 1_055),
            ] {
                let time = Timestamp(secondsSinceEpoch: second)
                let balance = try await reader.balance(of: pending, before: time)
                #expect(balance?.minorUnits == expected, "before \(second)")
            }
        }
    }

    @Test("Another merchant's books are as if they were not there")
    func others() async throws {
        try await withTrade { reader, trade in
            let other = MerchantReader(trade.pool, merchantID: try Trade.merchant("2"))
            #expect(try await other.journals(PageRequest()).items.isEmpty)
            #expect(try await other.journal(trade.journals[0]) == nil)
            #expect(try await other.balances().isEmpty)
            #expect(try await other.accounts().isEmpty)
            var filter = JournalFilter()
            filter.paymentID = trade.payments[0]
            #expect(try await other.journals(PageRequest(), filter).items.isEmpty)
        }
    }
}
