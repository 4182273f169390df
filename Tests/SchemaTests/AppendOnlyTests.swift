import TestKit
import Testing

@Suite("What is appended stays as it is", .timeLimit(.minutes(3)))
struct AppendOnlyTests {
    @Test("No role, and not the owner, changes or removes an event, a journal or an entry")
    func nobodyChanges() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            try await attempts.carryOut(appendedEvent(version: 1) + postedJournal)
            for role in rolesAndOwner {
                for statement in [
                    "UPDATE event SET data = '{}'", "DELETE FROM event", "TRUNCATE event",
                    "UPDATE journal SET kind = 'x'", "DELETE FROM journal", "TRUNCATE journal",
                    "UPDATE entry SET amount_minor = 1", "DELETE FROM entry", "TRUNCATE entry",
                    "UPDATE posting_batch SET tx = tx", "DELETE FROM posting_batch",
                ] {
                    let refusal = try await attempts.refusal(role: role, statement)
                    #expect(refusal != nil, "\(role ?? "owner"): \(statement)")
                }
            }
        }
    }

    @Test("The owner's refusal names the rule")
    func ownerIsTold() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            try await attempts.carryOut(appendedEvent(version: 1) + postedJournal)
            for table in ["event", "journal", "entry"] {
                for statement in ["DELETE FROM \(table)", "TRUNCATE \(table)"] {
                    let refusal = try await attempts.refusal(statement)
                    #expect(refusal == "\(table)_append_only", "\(statement)")
                }
            }
        }
    }

    @Test("A stream's versions have no holes and no doubles")
    func denseVersions() async throws {
        try await TestDatabase.with(.migrated) { database in
            let attempts = Attempts(database: database)
            try await attempts.carryOut(
                role: "orchestrator",
                appendedEvent(version: 1) + appendedEvent(version: 2)
            )
            let hole = try await attempts.refusal(appendedEvent(version: 4))
            #expect(hole == "event_version_dense")
            let double = try await attempts.refusal(appendedEvent(version: 2))
            #expect(double == "event_pkey")
            let beginning = try await attempts.refusal(appendedEvent(version: 2, stream: "pi_2"))
            #expect(beginning == "event_version_dense")
        }
    }
}
