import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import Projections
import TestKit
import Testing

@Suite("Posting journals", .timeLimit(.minutes(3)))
struct PostingTests {
    @Test("The chart in the database is the one of the rules")
    func sameChart() async throws {
        try await TestDatabase.with(.migrated) { database in
            let rows = try await database.pool().query(
                "SELECT code, name, normal_side, policy, scope FROM account_code ORDER BY code"
            )
            let stored = try rows.map { row in
                let (code, name, side, policy, scope) = try row.decode(
                    (Int16, String, String, String, String).self
                )
                return "\(code) \(name) \(side) \(policy) \(scope)"
            }
            let chart = Chart.accounts.sorted { $0.code < $1.code }.map { account in
                "\(account.code.rawValue) \(account.name) \(account.normalSide.rawValue) "
                    + "\(account.policy.rawValue) \(account.scope.rawValue)"
            }
            #expect(stored == chart)
        }
    }

    @Test("One bad journal of 64 is refused with its reason, and 63 are posted")
    func oneBad() async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            var batch = RawBatch()
            for number in 1...64 {
                batch.add(
                    number,
                    [(1_100, 1_000), (2_010, number == 17 ? -969 : -970), (4_010, -30)]
                )
            }
            let results = try await batch.post(to: pool)
            #expect(results[16] == "unbalanced")
            #expect(results.count { $0 == "posted" } == 63)
            let journals: Int64? = try await pool.value("SELECT count(*) FROM journal")
            #expect(journals == 63)
            let balance: Int64? = try await pool.value("SELECT balance_minor FROM account_balance")
            #expect(balance == -970 * 63)
        }
    }

    @Test("Each kind of refusal has its own word, and leaves nothing behind")
    func refusals() async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            try await pool.execute(
                "INSERT INTO closed_period (currency, closed_before) VALUES ('usd', 'infinity')"
            )
            var batch = RawBatch()
            batch.add(1, [(1_100, 5), (2_010, -5)])
            batch.add(1, [(1_100, 5), (2_010, -5)])
            batch.add(2, [(9_999, 5), (2_010, -5)])
            batch.add(3, [(1_100, 5)])
            batch.add(4, [(1_100, 5), (2_010, -5)], currency: "usd")
            batch.add(5, [(1_100, 5), (2_010, -5), (4_010, 0)])
            batch.add(6, [(1_100, 5), (2_010, -5)], currency: "rupees")
            batch.add(7, [(1_100, 5), (2_010, -5)], stream: "jrn_1")
            let results = try await batch.post(to: pool)
            #expect(
                results == [
                    "posted", "duplicate", "unknown_account", "too_few_entries", "closed_period",
                    "too_few_entries", "unknown_account", "duplicate",
                ],
                "an entry of nothing is none, and an event has one journal, whatever its name"
            )
            let again = try await batch.post(to: pool)
            #expect(again.allSatisfy { $0 != "posted" })
            let entries: Int64? = try await pool.value("SELECT count(*) FROM entry")
            #expect(entries == 2)
        }
    }

    @Test("Of two postings of one event at the same time the second is a duplicate, not an error")
    func postedAtOnce() async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            var batch = RawBatch()
            batch.add(1, [(1_100, 100), (2_010, -100)])
            let first = batch
            batch.add(2, [(1_100, 7), (2_010, -7)])
            let second = batch
            async let answer = pool.withTransaction { transaction in
                let results = try await first.post(to: transaction)
                #expect(results == ["posted"])
                async let other = second.post(to: pool)
                // The first commits only once the second waits for it.
                var waiting: Int64? = 0
                while waiting == 0 {
                    waiting = try await pool.value(
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """
                    )
                }
                try await transaction.commit(after: [])
                return try await other
            }
            #expect(try await answer == ["duplicate", "posted"])
            try await expectTrueBooks(pool, journals: 2)
        }
    }

    @Test("Eight writers on one merchant's accounts lose no entry and no balance")
    func hotAccount() async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool(maximumConnections: 8)
            try await withThrowingTaskGroup(of: Void.self) { writers in
                for writer in 0..<8 {
                    writers.addTask {
                        for round in 0..<10 {
                            var batch = RawBatch()
                            for number in 0..<8 {
                                let id = writer * 1_000 + round * 10 + number + 1
                                batch.add(id, [(1_100, 100), (2_010, -97), (4_010, -3)])
                            }
                            let results = try await batch.post(to: pool)
                            #expect(results.allSatisfy { $0 == "posted" })
                        }
                    }
                }
                try await writers.waitForAll()
            }
            try await expectTrueBooks(pool, journals: 640)
            let broken: Int64? = try await pool.value(
                """
                SELECT count(*) FROM (
                    SELECT balance_after_minor - sum(amount_minor) OVER (
                        PARTITION BY account_id ORDER BY account_version) AS off
                    FROM entry WHERE account_version IS NOT NULL) running
                WHERE off <> 0
                """
            )
            #expect(broken == 0, "each entry carries the balance after it")
        }
    }

    @Test("Random journals keep all sums", arguments: SeededGenerator.seeds(count: 2))
    func randomJournals(seed: UInt64) async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            var random = SeededGenerator(seed: seed)
            var posted: Int64 = 0
            for round in 0..<20 {
                var batch = RawBatch()
                for number in 0..<Int.random(in: 1...32, using: &random) {
                    let amount = Int64.random(in: 2...1_000_000, using: &random)
                    let fee = Int64.random(in: 1..<amount, using: &random)
                    let isBad = random.chance(percent: 10)
                    batch.add(
                        round * 100 + number + 1,
                        [(1_100, amount), (2_010, fee - amount + (isBad ? 1 : 0)), (4_010, -fee)],
                        merchant: "acct_\(Int.random(in: 1...5, using: &random))",
                        currency: random.chance(percent: 30) ? "usd" : "inr"
                    )
                    if !isBad { posted += 1 }
                }
                _ = try await batch.post(to: pool)
            }
            try await expectTrueBooks(pool, journals: posted)
        }
    }

    private func expectTrueBooks(_ pool: PostgresPool, journals: Int64) async throws {
        let count: Int64? = try await pool.value("SELECT count(*) FROM journal")
        #expect(count == journals)
        for broken: Query in [
            "SELECT 1 FROM entry GROUP BY journal_id, currency HAVING sum(amount_minor) <> 0",
            "SELECT 1 FROM entry GROUP BY currency HAVING sum(amount_minor) <> 0",
            """
            SELECT 1 FROM account_balance
            JOIN (SELECT account_id, sum(amount_minor) AS total, count(*) AS entries
                FROM entry GROUP BY account_id) sums USING (account_id)
            WHERE balance_minor <> total OR version <> entries
            """,
        ] {
            let rows = try await pool.query(broken)
            #expect(rows.isEmpty, "\(broken.sql)")
        }
    }
}
