import Logging
import Money
import Postgres
import ReconciliationStore
import Synchronization
import TestKit
import Testing

@Suite("Runs over a store", .timeLimit(.minutes(4)))
struct RunTests {
    private static let now = Timestamp(secondsSinceEpoch: 1_790_000_000)

    /// A store with payments, and a reconciler in its own role.
    private func with(
        payments: Int = 40,
        _ body: (PostgresPool, PostgresPool) async throws -> Void
    ) async throws {
        try await TestDatabase.with(.migrated) { database in
            let owner = try database.pool()
            _ = try await ScratchStore.fill(owner, payments: payments, seed: 11, now: Self.now)
            try await body(owner, try database.pool(role: "reconciliation"))
        }
    }

    private func run(
        _ pool: PostgresPool,
        incremental: Bool = false
    ) async throws -> RunReport {
        var request = Reconciler.Request()
        request.isIncremental = incremental
        return try await Reconciler(pool: pool, clock: { Self.now }).run(request)
    }

    @Test("A healthy store is clean, in full and again by what is new")
    func healthy() async throws {
        try await with { _, pool in
            let full = try await run(pool)
            #expect(full.findings == [])
            #expect(full.rowsChecked > 0)
            let fresh = try await run(pool, incremental: true)
            #expect(fresh.findings == [])
            let books = try #require(fresh.checks.first { $0.name == .books })
            #expect(books.rows == 0)
        }
    }

    @Test("An incremental run from the beginning looks at everything and finds nothing in order")
    func fromTheBeginning() async throws {
        try await with { owner, pool in
            let report = try await run(pool, incremental: true)
            #expect(report.findings == [])
            let events = try #require(report.checks.first { $0.name == .events })
            let stored: Int? = try await owner.value("SELECT count(*) FROM event")
            #expect(events.rows == stored)
        }
    }

    @Test("A break is one discrepancy however often it is found, and its run can be repeated")
    func sameBreak() async throws {
        try await with { owner, pool in
            try await owner.execute(
                "ALTER TABLE account_balance DISABLE TRIGGER account_balance_by_posting"
            )
            try await owner.execute(
                """
                UPDATE account_balance SET balance_minor = balance_minor + 5
                WHERE account_id = (SELECT min(account_id) FROM account_balance)
                """
            )
            for incremental in [true, false, true] {
                let report = try await run(pool, incremental: incremental)
                #expect(report.findings.map(\.kind) == [.balanceDiffers])
            }
            let known = try await DiscrepancyStore(pool).list(closed: false)
            #expect(known.count == 1)
            #expect(known.first?.firstRun != known.first?.lastRun)
        }
    }

    @Test("What was approved stays what was proposed, by whom, and by whom it was approved")
    func approvalsStay() async throws {
        try await with { owner, pool in
            try await owner.execute(
                "ALTER TABLE account_balance DISABLE TRIGGER account_balance_by_posting"
            )
            try await owner.execute(
                """
                UPDATE account_balance SET balance_minor = balance_minor + 5
                WHERE account_id = (SELECT min(account_id) FROM account_balance)
                """
            )
            _ = try await run(pool)
            let store = DiscrepancyStore(pool)
            let found = try #require(try await store.list(closed: false).first)
            func take(_ status: DiscrepancyStatus, _ name: String) async throws {
                try await store.take(status, found.id, operator: name, note: "why", at: Self.now)
            }
            func change(_ assignments: StaticString) async -> String? {
                do {
                    try await pool.execute(
                        "UPDATE discrepancy SET \(raw: assignments) WHERE status <> 'closed'"
                    )
                    return nil
                } catch {
                    return error.constraintName
                }
            }
            try await take(.proposed, "asha")
            #expect(await change("proposal = 'more'") == "discrepancy_proposal_stays")
            #expect(await change("proposed_by = 'ravi'") == "discrepancy_proposal_stays")
            #expect(
                await change("proposal = 'more', status = 'approved', approved_by = 'ravi'")
                    == "discrepancy_proposal_stays"
            )
            try await take(.approved, "ravi")
            #expect(await change("proposal = 'more'") == "discrepancy_proposal_stays")
            #expect(await change("approved_by = 'mina'") == "discrepancy_approval_stays")
            try await take(.open, "mina")
            try await take(.proposed, "ravi")
            let again = try #require(try await store.find(found.id))
            #expect(again.proposedBy == "ravi" && again.approvedBy == nil)
        }
    }

    @Test("What may only have been missed is asked for again, and nothing else")
    func askingAgain() async throws {
        try await with { owner, pool in
            try await owner.execute("UPDATE bank_cursor SET sequence = 7")
            func again(_ asks: Bool) async throws -> RunReport {
                var request = Reconciler.Request()
                request.asksAgain = asks
                return try await Reconciler(pool: pool, clock: { Self.now }).run(request)
            }
            func cursor() async throws -> Int64? {
                try await owner.value("SELECT sequence FROM bank_cursor")
            }
            // A break that no asking can put right.
            try await owner.execute("ALTER TABLE account_balance DISABLE TRIGGER USER")
            let damage: Query = """
                UPDATE account_balance SET balance_minor = balance_minor + 5
                WHERE account_id = (SELECT min(account_id) FROM account_balance)
                """
            try await owner.execute(damage)
            #expect(try await again(true).askedAgain == 0)
            #expect(try await cursor() == 7)
            // A payout of which the bank has said nothing.
            try await owner.execute(
                "UPDATE merchant_clock SET offset_microseconds = offset_microseconds + 34560000000000"
            )
            #expect(try await again(false).askedAgain == 0)
            #expect(try await cursor() == 7)
            let report = try await again(true)
            #expect(report.findings.map(\.kind).contains(.payoutPastDeadline))
            #expect(report.askedAgain == 1)
            #expect(try await cursor() == 0)
        }
    }

    @Test("An endpoint that sleeps although something is due is woken")
    func waking() async throws {
        try await with { owner, pool in
            try await owner.execute(
                """
                INSERT INTO webhook_target (
                    merchant_id, endpoint_id, version, is_enabled, is_deleted, endpoint, health,
                    served_at, wake_at)
                SELECT merchant_id, 'we_1', 1, true, false, '{}', '{}', '2020-01-01', 'infinity'
                FROM merchant LIMIT 1
                """
            )
            try await owner.execute(
                """
                INSERT INTO webhook_delivery (
                    merchant_id, id, endpoint_id, event_id, event_type, event_at, api_version, stream,
                    sequence, status, due_at, created_at)
                SELECT merchant_id, 'whd_1', 'we_1', 'evt_1', 'x', '2020-01-01', 'x', 'pi_1', 1,
                    'pending', '2020-01-01', '2020-01-01'
                FROM webhook_target
                """
            )
            var request = Reconciler.Request()
            request.asksAgain = true
            let report = try await Reconciler(pool: pool, clock: { Self.now }).run(request)
            #expect(report.findings.map(\.kind) == [.deliveryPastDeadline])
            #expect(report.askedAgain == 1)
            let isAwake: Bool? = try await owner.value(
                "SELECT wake_at <= now() FROM webhook_target"
            )
            #expect(isAwake == true)
        }
    }

    @Test("The role of reconciliation changes nothing but its own tables")
    func role() async throws {
        try await with(payments: 5) { _, pool in
            let statements: [Query] = [
                "DELETE FROM entry", "UPDATE account_balance SET balance_minor = 0",
                "DELETE FROM discrepancy", "DELETE FROM seal", "UPDATE seal SET leaf_count = 1",
                "SELECT FROM api_key", "INSERT INTO closed_period VALUES ('inr', now())",
            ]
            for statement in statements {
                await #expect(throws: PostgresError.self, "\(statement.sql)") {
                    try await pool.execute(statement)
                }
            }
        }
    }

    @Test("A second run is refused while one is under way, and the first is not disturbed")
    func locked() async throws {
        try await with { _, pool in
            let isRefused = Mutex(false)
            var request = Reconciler.Request()
            request.progress = { _ in
                do {
                    _ = try await run(pool)
                } catch is Reconciler.Locked {
                    isRefused.withLock { $0 = true }
                } catch {
                    Issue.record(error)
                }
            }
            let report = try await Reconciler(pool: pool, clock: { Self.now }).run(request)
            #expect(report.isClean)
            #expect(isRefused.withLock { $0 })
        }
    }

    @Test("A run that ends in its midst leaves no row, no discrepancy and no watermark")
    func cutShort() async throws {
        struct Stop: Error {}
        try await with { owner, pool in
            try await owner.execute("DELETE FROM charge")
            var request = Reconciler.Request()
            request.network = { throw Stop() }
            let chosen = request
            await #expect(throws: Stop.self) {
                _ = try await Reconciler(pool: pool, clock: { Self.now }).run(chosen)
            }
            // What the store was filled with has discrepancies, all of them closed.
            let rows: Int? = try await owner.value(
                """
                SELECT (SELECT count(*) FROM reconciliation_run WHERE extent <> 'part')
                    + (SELECT count(*) FROM discrepancy WHERE status <> 'closed')
                    + (SELECT count(*) FROM reconciliation_watermark)
                """
            )
            #expect(rows == 0)
        }
    }

    @Test("The network's record is refused when a fact is missing, torn or of no known kind")
    func tornRecord() {
        for text in [
            "[", "{", "[{\"sequence\":2}]", "[{\"sequence\":1,\"reference\":\"R\"}]",
            """
            [{"sequence":1,"reference":"R","amount_minor_units":1,"recorded_at_microseconds":1,\
            "kind":"teleported","currency":"356","trace_number":1}]
            """,
        ] {
            var record = NetworkRecord()
            #expect(throws: NetworkRecord.Unreadable.self, "\(text)") {
                try record.add(page: Array(text.utf8))
            }
        }
    }
}
