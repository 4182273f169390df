import Payments
import Postgres
import TestKit
import Testing

@Suite("The database knows the legal states", .timeLimit(.minutes(3)))
struct StateTests {
    @Test("Its table of transitions is the one of the rules")
    func sameTable() async throws {
        try await TestDatabase.with(.migrated) { database in
            let rows = try await database.pool().query(
                "SELECT from_state, to_state FROM payment_transition"
            )
            let stored = try rows.map { row in
                let (from, to) = try row.decode((String, String).self)
                return "\(from) \(to)"
            }
            let legal = LifecycleTransition.legal.map { "\($0.from.rawValue) \($0.to.rawValue)" }
            #expect(stored.sorted() == legal.sorted())
        }
    }

    @Test("Its network references are the ones of the rules")
    func sameReferences() async throws {
        let numbers: [Int64] = [1, 35, 36, 131_621_703_842_267_137, 4_738_381_338_321_616_895]
        try await TestDatabase.with(.migrated) { database in
            let rows = try await database.pool().query(
                """
                SELECT network_reference(number)
                FROM unnest(\(numbers)::bigint[]) WITH ORDINALITY AS asked (number, place)
                ORDER BY place
                """
            )
            #expect(
                try rows.map { try $0.decode(String.self, at: 0) }
                    == numbers.map { NetworkReference(commandID: $0).rawValue }
            )
        }
    }

    @Test("Of all pairs of states only the legal ones can follow each other")
    func allPairs() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            for from in LifecycleState.allCases {
                let path = try #require(Self.path(to: from))
                let states = path.map { "'\($0.rawValue)'" }.joined(separator: ", ")
                try await attempts.carryOut(
                    """
                    INSERT INTO payment (merchant_id, id, created_at, version, state, lifecycle,
                        currency, amount_minor, authorized_minor, captured_minor, refunded_minor,
                        document)
                    VALUES ('acct_1', '\(from.rawValue)', now(), 1, '\(from.rawValue)',
                        ARRAY[\(states)], 'inr', 1, 1, 1, 1, '{}')
                    """
                )
                for to in LifecycleState.allCases {
                    let refusal = try await attempts.refusal(
                        """
                        UPDATE payment SET version = version + 1, state = '\(to.rawValue)',
                            lifecycle = lifecycle || '\(to.rawValue)'::text
                        WHERE id = '\(from.rawValue)';
                        DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ZZ000'; END $$
                        """
                    )
                    // A step that is not refused meets the exception that undoes it.
                    let expected = from.canBecome(to) ? "ZZ000" : "payment_transition_legal"
                    #expect(refusal == expected, "\(from) to \(to)")
                }
            }
        }
    }

    @Test("A state is not changed beside its history, and history is not rewritten")
    func historyStays() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            try await attempts.carryOut(
                """
                INSERT INTO payment (merchant_id, id, created_at, version, state, lifecycle,
                    currency, amount_minor, authorized_minor, captured_minor, refunded_minor,
                    document)
                VALUES ('acct_1', 'pi_1', now(), 2, 'authorized', '{created,authorized}', 'inr', 5,
                    5, 0, 0, '{}')
                """
            )
            for (statement, rule) in [
                ("UPDATE payment SET state = 'captured'", "payment_state_is_last"),
                (
                    "UPDATE payment SET state = 'failed', lifecycle = '{created,failed}'",
                    "payment_moves_forward"
                ),
                ("UPDATE payment SET version = 1", "payment_moves_forward"),
                ("UPDATE payment SET captured_minor = 6", "payment_captured_within_authorized"),
                ("UPDATE payment SET refunded_minor = 1", "payment_refunded_within_captured"),
            ] {
                let refusal = try await attempts.refusal(statement)
                #expect(refusal == rule, "\(statement)")
            }
        }
    }

    @Test("Of all pairs of a dispute's statuses only the legal ones can follow each other")
    func disputePairs() async throws {
        try await TestDatabase.with(.migrated) { database in
            let rows = try await database.pool().query(
                "SELECT from_status, to_status FROM dispute_transition"
            )
            let stored = try rows.map { row in
                let (from, to) = try row.decode((String, String).self)
                return "\(from) \(to)"
            }
            let legal = DisputeTransition.legal.map { "\($0.from.rawValue) \($0.to.rawValue)" }
            #expect(stored.sorted() == legal.sorted())

            let attempts = Attempts(database: database)
            for from in DisputeStatus.allCases {
                let path = try #require(Self.path(to: from))
                let statuses = path.map { "'\($0.rawValue)'" }.joined(separator: ", ")
                try await attempts.carryOut(
                    """
                    INSERT INTO dispute (merchant_id, id, payment_id, charge_id, created_at, status,
                        history)
                    VALUES ('acct_1', '\(from.rawValue)', 'pi_1', 'ch_1', now(),
                        '\(from.rawValue)', ARRAY[\(statuses)])
                    """
                )
                for to in DisputeStatus.allCases {
                    let refusal = try await attempts.refusal(
                        """
                        UPDATE dispute SET status = '\(to.rawValue)',
                            history = history || '\(to.rawValue)'::text
                        WHERE id = '\(from.rawValue)';
                        DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ZZ000'; END $$
                        """
                    )
                    let expected = from.canBecome(to) ? "ZZ000" : "dispute_transition_legal"
                    #expect(refusal == expected, "\(from) to \(to)")
                }
            }
        }
    }

    @Test("Refunded and disputed together are never more than was captured")
    func disputedBound() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            try await attempts.carryOut(
                """
                INSERT INTO payment (merchant_id, id, created_at, version, state, lifecycle,
                    currency, amount_minor, authorized_minor, captured_minor, refunded_minor,
                    disputed_minor, document)
                VALUES ('acct_1', 'pi_1', now(), 1, 'created', '{created}', 'inr', 10, 10, 10, 4, 6,
                    '{}')
                """
            )
            for change in ["disputed_minor = 7", "refunded_minor = 5", "disputed_minor = -1"] {
                let refusal = try await attempts.refusal("UPDATE payment SET \(change)")
                #expect(refusal == "payment_returned_within_captured", "\(change)")
            }
        }
    }

    /// A shortest way from an open dispute to a status.
    private static func path(to goal: DisputeStatus) -> [DisputeStatus]? {
        var paths: [[DisputeStatus]] = [[.warningNeedsResponse], [.needsResponse]]
        while let path = paths.first {
            paths.removeFirst()
            guard let last = path.last, last != goal else { return path }
            paths += DisputeStatus.allCases.filter { last.canBecome($0) }.map { path + [$0] }
        }
        return nil
    }

    /// A shortest way from `created` to a state, by the rules' own table.
    private static func path(to goal: LifecycleState) -> [LifecycleState]? {
        var paths: [[LifecycleState]] = [[.created]]
        var seen: Set<LifecycleState> = [.created]
        while let path = paths.first {
            paths.removeFirst()
            guard let last = path.last, last != goal else { return path }
            for next in LifecycleState.allCases where last.canBecome(next) {
                if seen.insert(next).inserted { paths.append(path + [next]) }
            }
        }
        return nil
    }
}
