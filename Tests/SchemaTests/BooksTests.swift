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
