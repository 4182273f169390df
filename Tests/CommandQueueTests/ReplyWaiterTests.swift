import CommandQueue
import Payments
import Postgres
import Testing

@Suite("Waiting for replies", .timeLimit(.minutes(1)))
struct ReplyWaiterTests {
    private static let outcome = StoredReply(status: 200, body: Array(#"{"id":"pi_1"}"#.utf8))
    private static let processing = StoredReply(
        status: 200,
        body: Array(#"{"status":"processing"}"#.utf8)
    )

    /// Runs a waiter while the body does.
    private func withWaiter(
        _ lab: Lab,
        listeningTo configuration: PostgresConfiguration? = nil,
        poll: WakeUps.Poll = WakeUps.Poll(shortest: .seconds(50), longest: .seconds(50)),
        _ body: (ReplyWaiter) async throws -> Void
    ) async throws {
        let waiter = ReplyWaiter(
            pool: lab.gateway,
            configuration: try configuration ?? lab.gatewayConfiguration(),
            instance: "one",
            poll: poll,
            logger: lab.logger
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await waiter.run() }
            try await body(waiter)
            tasks.cancelAll()
        }
    }

    private func answer(_ ids: [Int64], in lab: Lab) async throws {
        try await lab.orchestrator.execute(
            WorkStatements.insertReplies(ids.map { ($0, Sample.merchantID(), Self.outcome) })
        )
    }

    @Test("A notification brings the replies of all that wait")
    func notified() async throws {
        let lab = try await Lab.make()
        let ids = try await lab.store((1...20).map { Sample.submission($0) })
        try await withWaiter(lab) { waiter in
            try await withThrowingTaskGroup(of: StoredReply.self) { tasks in
                for id in ids {
                    tasks.addTask {
                        try await waiter.reply(to: id, within: .seconds(50)) { Self.processing }
                    }
                }
                try await eventually { waiter.waitingCount == 20 }
                try await answer(ids, in: lab)
                // Until the listener is there, a notification is lost.
                try await eventually {
                    try await lab.orchestrator.query("SELECT pg_notify('reply_one', '')")
                    return waiter.waitingCount == 0
                }
                for try await reply in tasks { #expect(reply == Self.outcome) }
            }
        }
    }

    @Test("With every notification lost, the poll brings the reply")
    func polled() async throws {
        let lab = try await Lab.make()
        let ids = try await lab.store([Sample.submission(1)])
        let id = try #require(ids.first)
        // Notifications do not cross databases: this listener hears nothing.
        let elsewhere = try lab.gatewayConfiguration().withDatabase("postgres")
        let poll = WakeUps.Poll(shortest: .milliseconds(20), longest: .milliseconds(40))
        try await withWaiter(lab, listeningTo: elsewhere, poll: poll) { waiter in
            async let reply = waiter.reply(to: id, within: .seconds(50)) { Self.processing }
            try await eventually { waiter.waitingCount == 1 }
            try await answer(ids, in: lab)
            #expect(try await reply == Self.outcome)
        }
    }

    @Test("When time is up, the late reply is stored, and it is the answer for ever")
    func timeIsUp() async throws {
        let lab = try await Lab.make()
        let ids = try await lab.store([Sample.submission(1)])
        let id = try #require(ids.first)
        try await withWaiter(lab) { waiter in
            let reply = try await waiter.reply(to: id, within: .milliseconds(30)) {
                Self.processing
            }
            #expect(reply == Self.processing)
            try await answer(ids, in: lab)
            let stored = try await ReplyStore.fetch(ids, from: lab.gateway)
            #expect(stored == [id: Self.processing])
        }
    }

    @Test("An outcome that was stored first wins over the late reply")
    func outcomeFirst() async throws {
        let lab = try await Lab.make()
        let ids = try await lab.store([Sample.submission(1)])
        let id = try #require(ids.first)
        try await withWaiter(lab) { waiter in
            let reply = try await waiter.reply(to: id, within: .milliseconds(30)) {
                // The outcome comes between the end of waiting and the late reply.
                try await answer(ids, in: lab)
                return Self.processing
            }
            #expect(reply == Self.outcome)
        }
    }

    @Test("A request whose client is gone waits no longer")
    func canceled() async throws {
        let lab = try await Lab.make()
        let ids = try await lab.store([Sample.submission(1)])
        let id = try #require(ids.first)
        try await withWaiter(lab) { waiter in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await waiter.reply(to: id, within: .seconds(50)) { Self.processing }
                    }
                }
                try await eventually { waiter.waitingCount == 1 }
                tasks.cancelAll()
                try await tasks.waitForAll()
            }
            #expect(waiter.waitingCount == 0)
        }
        #expect(try await lab.count("SELECT count(*) FROM reply") == 0)
    }
}
