import TestKit
import Testing

@Suite("The database keeps the books true", .timeLimit(.minutes(3)))
struct BooksTests {
    private let header = """
        INSERT INTO journal (id, merchant_id, kind, currency, stream, version, source_id, effective_at)
        VALUES ('jrn_2', 'acct_1', 'payment_captured', 'inr', 'pi_2', 4, 'ch_2', now());
        """

    private func entries(_ amounts: Int..., journal: String = "jrn_2") -> String {
        let rows = amounts.enumerated().map { leg, amount in
            "('\(journal)', \(leg + 1), 'acct_1', 1, \(amount), 'inr')"
        }
        return """
            INSERT INTO entry (journal_id, leg, merchant_id, account_id, amount_minor, currency)
            VALUES \(rows.joined(separator: ", "));
            """
    }

    private func refusal(_ sql: String) async throws -> String? {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            try await attempts.carryOut(postedJournal)
            return try await attempts.refusal(sql)
        }
    }

    @Test("An unbalanced journal is refused by the statement that writes it")
    func unbalanced() async throws {
        #expect(try await refusal(header + entries(1_000, -999)) == "entry_zero_sum")
    }

    @Test("A journal in two currencies must balance in each")
    func unbalancedPerCurrency() async throws {
        let mixed = """
            INSERT INTO entry (journal_id, leg, merchant_id, account_id, amount_minor, currency)
            VALUES ('jrn_2', 1, 'acct_1', 1, 5, 'inr'), ('jrn_2', 2, 'acct_1', 1, -5, 'usd');
            """
        #expect(try await refusal(header + mixed) == "entry_zero_sum")
    }

    @Test("A header without entries does not commit")
    func headerAlone() async throws {
        #expect(try await refusal(header) == "posting_batch_balanced")
    }

    @Test("Entries without a header are refused")
    func entriesAlone() async throws {
        #expect(try await refusal(entries(5, -5)) == "entry_journal_open")
    }

    @Test("A balanced pair of entries cannot join a journal of an earlier transaction")
    func lateEntries() async throws {
        let late = """
            INSERT INTO entry (journal_id, leg, merchant_id, account_id, amount_minor, currency)
            VALUES ('jrn_1', 8, 'acct_1', 1, 5, 'inr'), ('jrn_1', 9, 'acct_1', 1, -5, 'inr');
            """
        #expect(try await refusal(late) == "entry_journal_open")
    }

    @Test("A balance changes by posting only, for every role and the owner")
    func silentBalance() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            try await attempts.carryOut(postedJournal)
            for role in rolesAndOwner {
                for statement in [
                    "UPDATE account_balance SET balance_minor = balance_minor + 1",
                    "DELETE FROM account_balance",
                    "TRUNCATE account_balance",
                ] {
                    let refusal = try await attempts.refusal(role: role, statement)
                    #expect(refusal != nil, "\(role ?? "owner"): \(statement)")
                }
            }
            let told = try await attempts.refusal("UPDATE account_balance SET balance_minor = 0")
            #expect(told == "account_balance_by_posting")
        }
    }

    @Test("No setting and no order of statements moves a balance without its entries")
    func forgedBalance() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            try await attempts.carryOut(postedJournal)
            for statement in [
                "SELECT set_config('app.posting', pg_current_xact_id()::text, true); "
                    + "UPDATE account_balance SET balance_minor = 0",
                "UPDATE account_balance SET version = version + 1",
                "UPDATE account_balance SET balance_minor = 0, version = 0",
                "UPDATE account_balance SET balance_minor = balance_minor - 1, version = version + 1",
                "UPDATE account_balance SET merchant_id = 'acct_2'",
                """
                INSERT INTO account (merchant_id, code, currency) VALUES ('acct_2', 2010, 'inr');
                INSERT INTO account_balance (account_id, merchant_id, balance_minor)
                SELECT id, merchant_id, -5 FROM account WHERE merchant_id = 'acct_2'
                """,
            ] {
                let refusal = try await attempts.refusal(statement)
                #expect(refusal == "account_balance_by_posting", "\(statement)")
            }
            let deletion = try await attempts.refusal("DELETE FROM account_balance")
            #expect(deletion == "account_balance_append_only")
        }
    }

    @Test("Entries of an account that keeps a balance do not commit without it")
    func unbalancedBalance() async throws {
        let strict = "(SELECT account_id FROM account_balance)"
        for (version, after) in [("NULL", "NULL"), ("2", "-975")] {
            let written = """
                INSERT INTO entry (journal_id, leg, merchant_id, account_id, amount_minor, currency,
                    account_version, balance_after_minor)
                VALUES ('jrn_2', 1, 'acct_1', \(strict), -5, 'inr', \(version), \(after)),
                    ('jrn_2', 2, 'acct_1', 1000, 5, 'inr', NULL, NULL);
                """
            #expect(try await refusal(header + written) == "posting_batch_in_balance")
        }
        let twice = """
            INSERT INTO entry (journal_id, leg, merchant_id, account_id, amount_minor, currency,
                account_version, balance_after_minor)
            VALUES ('jrn_2', 1, 'acct_1', \(strict), -5, 'inr', 1, -975),
                ('jrn_2', 2, 'acct_1', 1000, 5, 'inr', NULL, NULL);
            """
        #expect(try await refusal(header + twice) == "entry_of_account")
    }

    @Test("A journal's entries bear its merchant, so that no other sees them")
    func foreignMerchant() async throws {
        let foreign = entries(5, -5).replacing("'acct_1'", with: "'acct_2'")
        #expect(try await refusal(header + foreign) == "entry_journal_open")
    }

    @Test("An event has one journal")
    func oneJournalPerEvent() async throws {
        let second = header.replacing("'pi_2'", with: "'pi_1'") + entries(5, -5)
        #expect(try await refusal(second) == "journal_of_event")
    }

    @Test("A posting batch is not written by hand, and an account stays what it is")
    func batchesAndAccounts() async throws {
        for (statement, rule) in [
            (
                "INSERT INTO posting_batch (journal_ids) VALUES (ARRAY['jrn_1'])",
                "posting_batch_with_journals"
            ),
            ("TRUNCATE posting_batch", "posting_batch_append_only"),
            ("UPDATE account SET code = 2011", "account_append_only"),
            ("DELETE FROM account", "account_append_only"),
        ] {
            #expect(try await refusal(statement) == rule, "\(statement)")
        }
    }

    @Test("Only the orchestrator may post, and nobody may write the tables behind the function")
    func whoMayPost() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            for role in ["gateway", "control"] {
                let refusal = try await attempts.refusal(role: role, postedJournal)
                #expect(refusal == insufficientPrivilege)
            }
            for role in ["gateway", "orchestrator", "control"] {
                let refusal = try await attempts.refusal(role: role, header)
                #expect(refusal == insufficientPrivilege)
            }
            try await attempts.carryOut(role: "orchestrator", postedJournal)
        }
    }
}
