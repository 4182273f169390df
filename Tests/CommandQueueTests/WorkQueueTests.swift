import CommandQueue
import Money
import Payments
import Postgres
import TestKit
import Testing

@Suite("Claiming work", .timeLimit(.minutes(1)))
struct WorkQueueTests {
    @Test(
        "Claimers that work side by side share the work and never have two commands of one target",
        arguments: SeededGenerator.seeds(count: 2)
    )
    func sharing(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let lab = try await Lab.make()
        // Few targets, so that claimers run into each other.
        let submissions = (0..<150).map { number in
            Sample.submission(number, payment: Int.random(in: 0..<20, using: &generator))
        }
        try await lab.store(submissions)

        let claimed = try await withThrowingTaskGroup(of: [Int64].self) { tasks in
            for name in ["a", "b", "c"] {
                tasks.addTask { try await Self.drain(lab, owner: name) }
            }
            return try await tasks.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.count == 150)
        #expect(Set(claimed).count == 150)
    }

    /// Claims and finishes until nothing is left; checks after each claim that targets differ.
    private static func drain(_ lab: Lab, owner: String) async throws -> [Int64] {
        let queue = WorkQueue(pool: lab.orchestrator, owner: owner)
        var done: [Int64] = []
        while try await lab.count("SELECT count(*) FROM work") > 0 {
            let claimed = try await queue.claim(limit: 7, leaseSeconds: 30)
            guard !claimed.isEmpty else { continue }
            let targets = try claimed.map { try $0.submittedCommand().command.target }
            #expect(Set(targets).count == targets.count)
            let running = try await lab.count(
                """
                SELECT count(*) FROM (
                    SELECT target FROM work WHERE lease_token IS NOT NULL
                    GROUP BY target HAVING count(*) > 1
                ) twice
                """
            )
            #expect(running == 0)
            done += claimed.map(\.lease.commandID)
            try await lab.orchestrator.execute(WorkStatements.remove(claimed.map(\.lease)))
        }
        return done
    }

    @Test("Work comes oldest first, with everything that its run needs")
    func contents() async throws {
        let lab = try await Lab.make()
        let ids = try await lab.store((1...3).map { Sample.submission($0) })
        let queue = WorkQueue(pool: lab.orchestrator, owner: "a")
        let claimed = try await queue.claim(limit: 2, leaseSeconds: 30)
        #expect(claimed.map(\.lease.commandID) == Array(ids.prefix(2)))
        let first = try #require(claimed.first)
        #expect(first.claims == 1)
        #expect(!first.mayHaveRun)
        #expect(first.submitter == "one")
        #expect(first.requestID == "req_1")
        #expect(try first.submittedCommand().command == Sample.submission(1).command)
    }

    @Test(
        "A lease that has run out is taken over under a new token, and the old one touches nothing"
    )
    func takeOver() async throws {
        let lab = try await Lab.make()
        try await lab.store([Sample.submission(1), Sample.submission(2, payment: 1)])
        let first = WorkQueue(pool: lab.orchestrator, owner: "first")
        let second = WorkQueue(pool: lab.orchestrator, owner: "second")
        let old = try #require(try await first.claim(limit: 5, leaseSeconds: 30).first)
        #expect(try await second.claim(limit: 5, leaseSeconds: 30).isEmpty)

        try await lab.owner.execute(
            """
            UPDATE work SET due_at = now() - interval '1 second'
            WHERE lease_token IS NOT NULL
            """
        )
        let taken = try await second.claim(limit: 5, leaseSeconds: 30)
        #expect(taken.map(\.lease.commandID) == [old.lease.commandID])
        let new = try #require(taken.first)
        #expect(new.claims == 2 && new.mayHaveRun)
        #expect(new.lease.token != old.lease.token)

        #expect(try await first.renew([old.lease], leaseSeconds: 30).isEmpty)
        #expect(try await second.renew([new.lease], leaseSeconds: 30) == [new.lease])
        let finished = try await lab.orchestrator.query(WorkStatements.remove([old.lease]))
        #expect(try WorkStatements.leases(finished).isEmpty)
        let later = try await lab.orchestrator.query(
            WorkStatements.snooze([(lease: old.lease, until: Sample.time)])
        )
        #expect(try WorkStatements.leases(later).isEmpty)
        try await first.handBack([old.lease])
        #expect(try await second.renew([new.lease], leaseSeconds: 30) == [new.lease])
    }

    @Test("Work that is given back can be claimed again as if nothing had been")
    func handBack() async throws {
        let lab = try await Lab.make()
        try await lab.store([Sample.submission(1)])
        let queue = WorkQueue(pool: lab.orchestrator, owner: "a")
        let held = try await queue.claim(limit: 1, leaseSeconds: 30)
        try await queue.handBack(held.map(\.lease))
        let again = try #require(try await queue.claim(limit: 1, leaseSeconds: 30).first)
        #expect(again.claims == 1 && !again.mayHaveRun)
    }

    @Test(
        "Work that is put back waits for its time, and lets others of its target run"
    )
    func snooze() async throws {
        let lab = try await Lab.make()
        let ids = try await lab.store([Sample.submission(1), Sample.submission(2, payment: 1)])
        let queue = WorkQueue(pool: lab.orchestrator, owner: "a")
        let held = try #require(try await queue.claim(limit: 5, leaseSeconds: 30).first)
        let later = Timestamp(secondsSinceEpoch: 4_000_000_000)
        let putBack = try await lab.orchestrator.query(
            WorkStatements.snooze([(lease: held.lease, until: later)])
        )
        #expect(try WorkStatements.leases(putBack) == [held.lease])
        let next = try await queue.claim(limit: 5, leaseSeconds: 30)
        #expect(next.map(\.lease.commandID) == [ids[1]])
        let removed = try await lab.orchestrator.query(WorkStatements.remove(next.map(\.lease)))
        #expect(try WorkStatements.leases(removed) == Set(next.map(\.lease)))
        #expect(try await queue.claim(limit: 5, leaseSeconds: 30).isEmpty)

        try await lab.owner.execute("UPDATE work SET due_at = now()")
        let again = try #require(try await queue.claim(limit: 5, leaseSeconds: 30).first)
        #expect(again.lease.commandID == ids[0] && again.mayHaveRun)
    }

    @Test("Work is made again only for commands that have none")
    func giveBack() async throws {
        let lab = try await Lab.make()
        let ids = try await lab.store([Sample.submission(1), Sample.submission(2)])
        let queue = WorkQueue(pool: lab.orchestrator, owner: "a")
        let held = try #require(try await queue.claim(limit: 1, leaseSeconds: 30).first)
        try await lab.orchestrator.execute(WorkStatements.remove([held.lease]))
        let made = try await lab.orchestrator.execute(WorkStatements.giveBack(ids, owner: ""))
        #expect(made == 1)
        let again = try await queue.claim(limit: 5, leaseSeconds: 30)
        #expect(again.map(\.mayHaveRun) == [true, false])
    }
}
