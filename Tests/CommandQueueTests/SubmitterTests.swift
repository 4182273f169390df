import CommandQueue
import Payments
import Postgres
import Testing

@Suite("Submitting requests", .timeLimit(.minutes(1)))
struct SubmitterTests {
    @Test("Requests in flight together share one transaction, and one alone does not wait")
    func sharing() async throws {
        let lab = try await Lab.make()
        try await lab.withSubmitter { submitter in
            // The table is locked, so the first flush hangs while the others come in.
            try await lab.owner.withTransaction { blocker in
                try await blocker.execute("LOCK TABLE command IN ACCESS EXCLUSIVE MODE")
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { _ = try await submitter.submit(Sample.submission(0)) }
                    try await eventually { submitter.isFlushing && submitter.waitingCount == 0 }
                    for number in 1...64 {
                        tasks.addTask { _ = try await submitter.submit(Sample.submission(number)) }
                    }
                    try await eventually { submitter.waitingCount == 64 }
                    try await blocker.commit(after: [])
                    try await tasks.waitForAll()
                }
            }
        }
        #expect(try await lab.count("SELECT count(*) FROM command") == 65)
        #expect(try await lab.count("SELECT count(*) FROM work WHERE submitter = 'one'") == 65)
        #expect(try await lab.count("SELECT count(DISTINCT xmin::text) FROM command") == 2)
    }

    @Test(
        "A key that was used before gives the first request, with its reply once there is one"
    )
    func duplicates() async throws {
        let lab = try await Lab.make()
        try await lab.withSubmitter { submitter in
            let first = try await submitter.submit(Sample.submission(1, key: "same"))
            guard case .accepted(let id) = first else {
                Issue.record("the first request was not accepted")
                return
            }
            let second = Sample.submission(2, key: "same", fingerprint: [9])
            let inProgress = try await submitter.submit(second)
            #expect(
                inProgress
                    == .duplicate(
                        EarlierSubmission(
                            commandID: id,
                            fingerprint: [1, 2, 3],
                            endpoint: "/v1/payment_intents",
                            requestID: "req_1",
                            reply: nil
                        )
                    )
            )
            let reply = StoredReply(status: 402, body: Array(#"{"error":{}}"#.utf8))
            try await lab.orchestrator.execute(
                WorkStatements.insertReplies([(id, Sample.merchantID(), reply)])
            )
            guard case .duplicate(let finished) = try await submitter.submit(second) else {
                Issue.record("the second request was accepted")
                return
            }
            #expect(finished.reply == reply)
        }
        #expect(try await lab.count("SELECT count(*) FROM command") == 1)
    }

    @Test("Of two requests with one key in one batch, one is accepted and one is its duplicate")
    func duplicatesInOneBatch() async throws {
        let lab = try await Lab.make()
        let results = try await Submitter.submitNow(
            [
                Sample.submission(1, key: "same"), Sample.submission(2, key: "same"),
                Sample.submission(3, key: "same", merchant: 2),
            ],
            instance: "one",
            to: lab.gateway
        )
        let accepted = results.filter { if case .accepted = $0 { true } else { false } }
        #expect(accepted.count == 2)
        #expect(try await lab.count("SELECT count(*) FROM command") == 2)
        #expect(try await lab.count("SELECT count(DISTINCT merchant_id) FROM command") == 2)
    }

    @Test("A request that is sent again because its answer was lost is the one that was stored")
    func lostAnswer() async throws {
        let lab = try await Lab.make()
        let submission = Sample.submission(1)
        let first = try await Submitter.submitNow([submission], instance: "one", to: lab.gateway)
        let again = try await Submitter.submitNow([submission], instance: "one", to: lab.gateway)
        #expect(first == again)
        #expect(try await lab.count("SELECT count(*) FROM work") == 1)
    }

    @Test("A request that cannot be stored fails alone")
    func badItem() async throws {
        let lab = try await Lab.make()
        try await lab.withSubmitter { submitter in
            try await lab.owner.withTransaction { blocker in
                try await blocker.execute("LOCK TABLE command IN ACCESS EXCLUSIVE MODE")
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { _ = try await submitter.submit(Sample.submission(0)) }
                    try await eventually { submitter.isFlushing && submitter.waitingCount == 0 }
                    tasks.addTask {
                        let overlong = String(repeating: "k", count: 256)
                        await #expect(throws: PostgresError.self) {
                            try await submitter.submit(Sample.submission(1, key: overlong))
                        }
                    }
                    tasks.addTask { _ = try await submitter.submit(Sample.submission(2)) }
                    try await eventually { submitter.waitingCount == 2 }
                    try await blocker.commit(after: [])
                    try await tasks.waitForAll()
                }
            }
        }
        #expect(try await lab.count("SELECT count(*) FROM command") == 2)
    }

    @Test("The gateway's role can store requests and nothing else")
    func leastPrivilege() async throws {
        let lab = try await Lab.make()
        try await lab.store([Sample.submission(1)])
        await #expect(throws: PostgresError.self) {
            try await lab.gateway.query("SELECT count(*) FROM command")
        }
        await #expect(throws: PostgresError.self) {
            try await WorkQueue(pool: lab.gateway, owner: "gateway").claim(
                limit: 1,
                leaseSeconds: 5
            )
        }
    }
}
