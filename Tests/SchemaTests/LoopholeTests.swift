import Postgres
import TestKit
import Testing

/// What the owner of the tables might try with statements that are balanced and in order, each by
/// itself.
@Suite("The books and the feed have no way round", .timeLimit(.minutes(3)))
struct LoopholeTests {
    private func refusal(role: String? = nil, _ sql: String) async throws -> String? {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            try await attempts.carryOut(postedJournal)
            return try await attempts.refusal(role: role, sql)
        }
    }

    private func journal(_ id: String, legs: [String]) -> String {
        """
        INSERT INTO journal (id, merchant_id, kind, currency, stream, version, source_id, effective_at)
        VALUES ('\(id)', 'acct_1', 'payment_captured', 'inr', '\(id)', 1, 'ch_2', now());
        \(entries(of: id, legs))
        """
    }

    private func entries(of id: String, _ legs: [String]) -> String {
        let rows = legs.map { "('\(id)', 'acct_1', \($0))" }
        return """
            INSERT INTO entry (journal_id, merchant_id, leg, account_id, amount_minor, currency,
                account_version, balance_after_minor)
            VALUES \(rows.joined(separator: ", "));
            """
    }

    private func account(_ code: Int) -> String { "(SELECT id FROM account WHERE code = \(code))" }

    @Test("No entry is numbered so low that the balance seems to have it")
    func lowNumber() async throws {
        for number in [0, -1] {
            let forged = journal(
                "jrn_2",
                legs: [
                    "1, \(account(2_010)), -5, 'inr', \(number), -975",
                    "2, \(account(1_100)), 5, 'inr', NULL, NULL",
                ]
            )
            #expect(try await refusal(forged) == "entry_version_positive")
        }
    }

    @Test("Nothing joins a journal once its posting has been checked, not even in its transaction")
    func afterTheCheck() async throws {
        let whole = journal(
            "jrn_2",
            legs: [
                "1, \(account(1_100)), 5, 'inr', NULL, NULL",
                "2, \(account(4_010)), -5, 'inr', NULL, NULL",
            ]
        )
        let later = entries(
            of: "jrn_2",
            [
                "3, \(account(1_100)), 7, 'inr', NULL, NULL",
                "4, \(account(2_010)), -7, 'inr', NULL, NULL",
            ]
        )
        #expect(try await refusal(whole) == nil)
        #expect(
            try await refusal(whole + "SET CONSTRAINTS ALL IMMEDIATE;" + later)
                == "entry_journal_whole"
        )
    }

    @Test("An entry's account exists, in the entry's currency, and numbers it as the chart says")
    func accounts() async throws {
        for (legs, rule) in [
            (
                ["1, 998, 5, 'inr', NULL, NULL", "2, 999, -5, 'inr', NULL, NULL"],
                "posting_batch_accounts"
            ),
            (
                [
                    "1, \(account(1_100)), 5, 'usd', NULL, NULL",
                    "2, \(account(4_010)), -5, 'usd', NULL, NULL",
                ],
                "posting_batch_accounts"
            ),
            (
                [
                    "1, \(account(1_100)), 5, 'inr', 1, 5",
                    "2, \(account(4_010)), -5, 'inr', NULL, NULL",
                ],
                "posting_batch_in_balance"
            ),
        ] {
            #expect(try await refusal(journal("jrn_2", legs: legs)) == rule, "\(legs)")
        }
    }

    @Test("An account that is rolled up gets no balance beside its entries")
    func secondBalance() async throws {
        let balance = """
            INSERT INTO account_balance (account_id, merchant_id)
            SELECT id, merchant_id FROM account WHERE code = 1100
            """
        #expect(try await refusal(balance) == "account_balance_by_posting")
    }

    @Test("No event is put where the feed's readers have already been")
    func feedsPast() async throws {
        for (column, value) in [("tx", "'1'"), ("tx", "'9999999'"), ("epoch", "0"), ("epoch", "2")]
        {
            let event = appendedEvent(version: 1)
                .replacing("INSERT INTO event (", with: "INSERT INTO event (\(column), ")
                .replacing("VALUES (", with: "VALUES (\(value), ")
            #expect(try await refusal(event) == "event_place_in_feed", "\(column) \(value)")
            #expect(
                try await refusal(role: "orchestrator", event) == insufficientPrivilege,
                "\(column) \(value)"
            )
        }
    }

    @Test("The keys of a payment stay in its row when its document is long")
    func keysInRow() async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            try await pool.execute(
                """
                INSERT INTO payment (merchant_id, id, created_at, version, state, lifecycle, currency,
                    amount_minor, authorized_minor, captured_minor, refunded_minor, document)
                SELECT 'acct_1', 'pi_1', now(), 1, 'created', '{created}', 'inr', 5, 0, 0, 0,
                    string_agg(md5((i % 40)::text), '') FROM generate_series(1, 100) AS i
                """
            )
            let size: Int64? = try await pool.value(
                "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'payment'"
            )
            #expect(size == 0)
        }
    }
}
