import Ledger
import Money
import Payments
import Postgres
import ReconciliationStore
import TestKit
import Testing

@Suite("Adjusting journals in the store", .timeLimit(.minutes(4)))
struct AdjustmentTests {
    private static let now = Timestamp(secondsSinceEpoch: 1_790_000_000)
    private static let amount = Money(minorUnits: 500, currency: .inr)

    /// A store with a bank exception that nobody has explained, its discrepancy, and both roles.
    private func with(
        _ body: (Store) async throws -> Void
    ) async throws {
        try await TestDatabase.with(.migrated) { database in
            let owner = try database.pool()
            _ = try await ScratchStore.fill(owner, payments: 40, seed: 12, now: Self.now)
            try await owner.execute(
                """
                INSERT INTO bank_exception (message_name, subject, reason, currency, amount_minor)
                VALUES ('S9', 'B9', 'money that we know nothing about', 'inr', 500)
                """
            )
            let store = Store(owner: owner, pool: try database.pool(role: "reconciliation"))
            #expect(try await store.run() == [Symptom(.bankException, "S9 B9")])
            try await body(store)
        }
    }

    private struct Store {
        let owner: PostgresPool
        let pool: PostgresPool

        var discrepancies: DiscrepancyStore { DiscrepancyStore(pool) }

        func run() async throws -> [Symptom] {
            let report = try await Reconciler(pool: pool, clock: { AdjustmentTests.now })
                .run(Reconciler.Request())
            return report.findings.map { Symptom($0.kind, $0.subject) }
        }

        func open() async throws -> Int64 {
            try #require(try await discrepancies.list(closed: false).last).id
        }

        func take(
            _ status: DiscrepancyStatus,
            _ id: Int64,
            _ name: String,
            _ entry: ProposedEntry? = nil
        ) async throws {
            try await discrepancies.take(
                status,
                id,
                entry: entry,
                operator: name,
                note: "why",
                at: AdjustmentTests.now
            )
        }

        func post(_ id: Int64) async throws -> AdjustmentID {
            try await discrepancies.post(id, operator: "mina", note: "why", at: AdjustmentTests.now)
        }

        func agree(_ id: Int64, _ entry: ProposedEntry) async throws -> AdjustmentID {
            try await take(.proposed, id, "asha", entry)
            try await take(.approved, id, "ravi")
            return try await post(id)
        }

        func journals() async throws -> Int? {
            try await owner.value("SELECT count(*) FROM journal WHERE kind = 'adjustment_posted'")
        }

        /// A merchant and what is available to it.
        func merchant() async throws -> (MerchantID, Int64) {
            let rows = try await owner.query(
                """
                SELECT account.merchant_id, -balance_minor FROM account_balance
                JOIN account ON account.id = account_id
                WHERE code = 2011 AND currency = 'inr' ORDER BY balance_minor LIMIT 1
                """
            )
            let (name, minorUnits) = try #require(rows.first).decode((String, Int64).self)
            return (try #require(MerchantID(rawValue: name)), minorUnits)
        }
    }

    @Test(
        "Money that nobody knows goes into suspense, then to its merchant, and all is clean again"
    )
    func wholeWay() async throws {
        try await with { store in
            let exception = try await store.open()
            let booking = try await store.agree(
                exception,
                ProposedEntry(debit: .bankEscrow, credit: .suspense, amount: Self.amount)
            )
            #expect(try await store.run() == [Symptom(.suspenseOpen, booking.rawValue)])
            try await store.take(.closed, exception, "mina")

            let (merchantID, before) = try await store.merchant()
            let suspense = try await store.open()
            _ = try await store.agree(
                suspense,
                ProposedEntry(
                    debit: .suspense,
                    credit: .merchantEscrowAvailable,
                    amount: Self.amount,
                    merchantID: merchantID,
                    clears: booking
                )
            )
            #expect(try await store.run() == [])
            try await store.take(.closed, suspense, "mina")
            #expect(try await store.discrepancies.list(closed: false).isEmpty)
            let (same, after) = try await store.merchant()
            #expect(same == merchantID && after == before + Self.amount.minorUnits)
            let steps = try await store.discrepancies.steps(of: suspense)
            #expect(steps.map(\.status) == ["proposed", "approved", "posted", "closed"])
        }
    }

    @Test("A wrong amount does not explain the bank's, and what is left is posted after it")
    func partly() async throws {
        try await with { store in
            let id = try await store.open()
            let half = Money(minorUnits: 200, currency: .inr)
            let rest = Money(minorUnits: 300, currency: .inr)
            for (amount, isThere) in [(half, true), (rest, false)] {
                _ = try await store.agree(
                    id,
                    ProposedEntry(debit: .bankEscrow, credit: .networkFees, amount: amount)
                )
                #expect(try await store.run().isEmpty == !isThere)
                if isThere {
                    await #expect(throws: DiscrepancyRefusal.stillThere) {
                        try await store.take(.closed, id, "mina")
                    }
                    try await store.take(.open, id, "mina")
                }
            }
            try await store.take(.closed, id, "mina")
        }
    }

    @Test("Nothing is posted before two agreed, twice, without an entry, or to an unknown merchant")
    func refused() async throws {
        try await with { store in
            let id = try await store.open()
            let before = try await store.journals()
            let entry = ProposedEntry(debit: .bankEscrow, credit: .suspense, amount: Self.amount)
            func isRefused(_ body: () async throws -> Void) async throws {
                do {
                    try await body()
                    Issue.record("it was not refused")
                } catch is DiscrepancyRefusal {
                    #expect(try await store.journals() == before)
                }
            }
            try await isRefused { _ = try await store.post(id) }
            try await store.take(.proposed, id, "asha", entry)
            try await isRefused { _ = try await store.post(id) }
            await #expect(throws: DiscrepancyRefusal.sameOperator) {
                try await store.take(.approved, id, "asha")
            }
            try await store.take(.approved, id, "ravi")
            try await isRefused { try await store.take(.closed, id, "ravi") }
            try await store.take(.open, id, "ravi")

            try await store.take(.proposed, id, "asha")
            try await store.take(.approved, id, "ravi")
            try await isRefused { _ = try await store.post(id) }
            try await store.take(.open, id, "ravi")

            let stranger = ProposedEntry(
                debit: .bankEscrow,
                credit: .merchantEscrowAvailable,
                amount: Self.amount,
                merchantID: MerchantID(checked: "acct_0123456789abcdef01234567")
            )
            try await isRefused { _ = try await store.agree(id, stranger) }
            try await store.take(.open, id, "ravi")

            _ = try await store.agree(id, entry)
            let posted = try await store.journals()
            await #expect(throws: DiscrepancyRefusal.self) { _ = try await store.post(id) }
            #expect(try await store.journals() == posted)
        }
    }

    @Test("An adjustment never takes more than is available to the merchant")
    func overdraft() async throws {
        try await with { store in
            let id = try await store.open()
            let (merchantID, available) = try await store.merchant()
            let entry = ProposedEntry(
                debit: .merchantEscrowAvailable,
                credit: .bankEscrow,
                amount: Money(minorUnits: available + 1, currency: .inr),
                merchantID: merchantID
            )
            let before = try await store.journals()
            await #expect(throws: DiscrepancyRefusal.self) { _ = try await store.agree(id, entry) }
            #expect(try await store.journals() == before)
            #expect(try await store.merchant() == (merchantID, available))
            #expect(try await store.discrepancies.find(id)?.status == .approved)
        }
    }

    @Test("Nobody else makes an adjusting journal, and nothing is called posted without one")
    func onlyWay() async throws {
        try await with { store in
            let id = try await store.open()
            try await store.take(
                .proposed,
                id,
                "asha",
                ProposedEntry(debit: .bankEscrow, credit: .suspense, amount: Self.amount)
            )
            try await store.take(.approved, id, "ravi")
            func refusal(_ pool: PostgresPool, _ query: Query) async -> String? {
                do {
                    try await pool.execute(query)
                    return nil
                } catch {
                    return error.constraintName ?? error.sqlState
                }
            }
            #expect(
                await refusal(
                    store.owner,
                    """
                    SELECT post_journals(
                        ARRAY['jrn_x'], ARRAY['acct_x'], ARRAY['adjustment_posted'], ARRAY['inr'],
                        ARRAY['adj_x'], ARRAY[1], ARRAY['adj_x'], ARRAY[now()], ARRAY[1, 1],
                        ARRAY[1010, 1900]::smallint[], ARRAY['inr', 'inr'], ARRAY[5, -5]::bigint[])
                    """
                ) == "journal_of_adjustment"
            )
            #expect(
                await refusal(
                    store.pool,
                    """
                    UPDATE discrepancy SET status = 'posted', adjustment_id = (
                        SELECT min(id) FROM adjustment) WHERE id = \(id)
                    """
                ) == "discrepancy_posted_once"
            )
            #expect(
                await refusal(
                    store.pool,
                    "UPDATE discrepancy SET entry_minor = 7 WHERE id = \(id)"
                ) == "discrepancy_proposal_stays"
            )
            #expect(
                await refusal(
                    store.pool,
                    "INSERT INTO adjustment (id, discrepancy_id, journal_id) VALUES ('a', \(id), 'j')"
                ) == "42501"
            )
            for change in [
                "UPDATE adjustment SET clears = NULL", "DELETE FROM adjustment",
                "TRUNCATE adjustment CASCADE",
            ] as [Query] {
                #expect(await refusal(store.owner, change) != nil, "\(change.sql)")
            }
            try await store.take(.open, id, "asha")
            #expect(
                await refusal(
                    store.pool,
                    """
                    UPDATE discrepancy SET status = 'proposed', proposed_by = 'asha', proposal = 'x',
                        entry_debit = 2130, entry_credit = 1010, entry_currency = 'inr', entry_minor = 5
                    WHERE id = \(id)
                    """
                ) == "discrepancy_entry_adjustable"
            )
        }
    }

    @Test(
        "What the bank told without money is explained by two who agree that nothing is to be booked"
    )
    func withoutMoney() async throws {
        try await with { store in
            try await store.owner.execute(
                """
                INSERT INTO bank_exception (message_name, subject, reason)
                VALUES ('S7', 'B7', 'an answer to nothing')
                """
            )
            _ = try await store.agree(
                try await store.open(),
                ProposedEntry(debit: .bankEscrow, credit: .networkFees, amount: Self.amount)
            )
            #expect(try await store.run() == [Symptom(.bankException, "S7 B7")])
            let id = try await store.open()
            try await store.take(.proposed, id, "asha")
            #expect(try await store.run() == [Symptom(.bankException, "S7 B7")])
            try await store.take(.approved, id, "ravi")
            #expect(try await store.run() == [])
            try await store.take(.closed, id, "asha")
            #expect(try await store.run() == [])
        }
    }
}
