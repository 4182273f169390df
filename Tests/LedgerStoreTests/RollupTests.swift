import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import TestKit
import Testing

@Suite("Balances of rolled-up accounts", .timeLimit(.minutes(3)))
struct RollupTests {
    @Test(
        "A checkpoint and the entries after it are the sum of all entries, whenever it is folded",
        arguments: SeededGenerator.seeds(count: 2)
    )
    func sums(seed: UInt64) async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            let rollups = RollupBalances(pool)
            let receivable = try Self.account(.customerReceivable)
            var random = SeededGenerator(seed: seed)
            var total: Int64 = 0
            var folded = 0
            for round in 0..<30 {
                var batch = RawBatch()
                for number in 0..<Int.random(in: 1...8, using: &random) {
                    let amount = Int64.random(in: 1...1_000_000, using: &random)
                    batch.add(round * 100 + number + 1, [(1_100, amount), (2_010, -amount)])
                    total += amount
                }
                _ = try await batch.post(to: pool)
                if random.chance(percent: 40) {
                    folded += try await rollups.fold(
                        maximumBatches: .random(in: 1...4, using: &random)
                    )
                }
                #expect(try await rollups.balance(of: receivable)?.minorUnits == total)
            }
            try await rollups.foldAll(30 - folded)
            #expect(try await rollups.balance(of: receivable)?.minorUnits == total)
            let checkpoint: Int64? = try await pool.value(
                "SELECT balance_minor FROM account_checkpoint"
            )
            #expect(checkpoint == total, "everything is folded, and only what is rolled up")
        }
    }

    @Test("What commits late is not folded over")
    func lateCommit() async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            let rollups = RollupBalances(pool)
            let receivable = try Self.account(.customerReceivable)
            var early = RawBatch()
            early.add(1, [(1_100, 100), (2_110, -100)])
            _ = try await early.post(to: pool)
            var late = RawBatch()
            late.add(2, [(1_100, 7), (2_110, -7)])
            let second = late
            try await pool.withTransaction { transaction in
                var open = RawBatch()
                open.add(3, [(1_100, 1_000), (2_110, -1_000)])
                _ = try await open.post(to: transaction)
                _ = try await second.post(to: pool)
                try await rollups.foldAll(1)
                let more = try await rollups.fold()
                #expect(more == 0, "what came after the open transaction waits for it")
                #expect(try await rollups.balance(of: receivable)?.minorUnits == 107)
            }
            #expect(try await rollups.balance(of: receivable)?.minorUnits == 1_107)
            try await rollups.foldAll(2)
            #expect(try await rollups.balance(of: receivable)?.minorUnits == 1_107)
        }
    }

    @Test("While one folds the others find nothing to do")
    func oneFolds() async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            var batch = RawBatch()
            batch.add(1, [(1_100, 100), (2_110, -100)])
            _ = try await batch.post(to: pool)
            try await pool.withTransaction { transaction in
                try await RollupBalances(transaction).foldAll(1)
                let others = try await RollupBalances(pool).fold()
                #expect(others == 0)
            }
            let entries: Int64? = try await pool.value(
                "SELECT sum(entries)::bigint FROM account_checkpoint"
            )
            #expect(entries == 2)
        }
    }

    @Test("A balance is given on the account's normal side, a strict one as it is stored")
    func normalSide() async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            let merchant = try #require(
                MerchantID(rawValue: "acct_" + String(repeating: "1", count: 24))
            )
            var batch = RawBatch()
            batch.add(1, [(1_100, 100), (2_010, -97), (4_010, -3)], merchant: merchant.rawValue)
            _ = try await batch.post(to: pool)
            let rollups = RollupBalances(pool)
            let fees = try await rollups.balance(of: try Self.account(.platformFees))
            #expect(fees?.minorUnits == 3)
            let escrow = AccountRecord(
                code: .merchantEscrowPending,
                merchantID: merchant,
                currency: try Currency("inr")
            )
            #expect(try await rollups.balance(of: escrow)?.minorUnits == 97)
            #expect(try await rollups.balance(of: try Self.account(.refundClearing)) == nil)
        }
    }

    private static func account(_ code: AccountCode) throws -> AccountRecord {
        AccountRecord(code: code, merchantID: nil, currency: try Currency("inr"))
    }
}

extension RollupBalances {
    /// Folds until so many posting batches are folded.
    ///
    /// The horizon is the server's: transactions of other tests hold it back while they run.
    fileprivate func foldAll(_ batches: Int) async throws {
        var folded = 0
        while folded < batches {
            folded += try await fold(maximumBatches: Int32(batches - folded))
        }
    }
}
