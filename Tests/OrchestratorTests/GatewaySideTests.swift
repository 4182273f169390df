import CommandQueue
import Logging
import Payments
import Postgres
import TestKit
import Testing

@testable import Orchestrator

/// What a gateway process has of the queue.
private struct GatewaySide: Sendable {
    let submitter: Submitter
    let waiter: ReplyWaiter
    private let notifier: Notifier

    init(_ lab: Lab, _ name: String) throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let configuration = try lab.database.configuration(role: "gateway")
        notifier = Notifier(configuration: configuration, logger: logger)
        let waiter = ReplyWaiter(
            pool: lab.gateway,
            configuration: configuration,
            instance: name,
            poll: WakeUps.Poll(shortest: .milliseconds(50), longest: .milliseconds(100)),
            logger: logger
        )
        self.waiter = waiter
        submitter = Submitter(
            pool: lab.gateway,
            instance: name,
            notifier: notifier,
            company: { waiter.waitingCount },
            logger: logger
        )
    }

    func run() async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await notifier.run() }
            tasks.addTask { await waiter.run() }
            tasks.addTask { await submitter.run() }
        }
    }

    /// Submits; waits for the reply if the key was free.
    func pay(_ number: Int, requestID: String) async throws -> (isFirst: Bool, id: Int64) {
        let submission = Submission(
            merchantID: Sample.merchantID,
            idempotencyKey: "payment-\(number)",
            fingerprint: [1],
            endpoint: "/v1/payment_intents",
            command: Sample.pay(number),
            requestID: requestID,
            apiVersion: "2026-10-28.endive"
        )
        switch try await submitter.submit(submission) {
        case .duplicate(let earlier): return (false, earlier.commandID)
        case .accepted(let id):
            let reply = try await waiter.reply(to: id, within: .seconds(50)) {
                Issue.record("a reply was lost")
                return StoredReply(status: 500, body: Array("{}".utf8))
            }
            #expect(reply.status == 200)
            return (true, id)
        }
    }
}

@Suite("Gateways and orchestrators", .timeLimit(.minutes(2)))
struct GatewaySideTests {
    @Test(
        "Two orchestrators and three gateways: every key once, every reply to whoever waits for it"
    )
    func together() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork()
        let count = 60
        let gateways = try ["one", "two", "three"].map { try GatewaySide(lab, $0) }
        let services = try (0..<2).map { _ in try lab.orchestrator(network) }
        let outcomes = try await lab.running(services) {
            try await withThrowingTaskGroup(of: (isFirst: Bool, id: Int64)?.self) { tasks in
                for gateway in gateways {
                    tasks.addTask {
                        await gateway.run()
                        return nil
                    }
                }
                for number in 1...count {
                    // The same key comes in at two of them at the same moment.
                    for place in [number % 3, (number + 1) % 3] {
                        tasks.addTask {
                            try await gateways[place].pay(
                                number,
                                requestID: "req_\(number)_\(place)"
                            )
                        }
                    }
                }
                var outcomes: [(isFirst: Bool, id: Int64)] = []
                while outcomes.count < count * 2, let next = try await tasks.next() {
                    if let next { outcomes.append(next) }
                }
                tasks.cancelAll()
                return outcomes
            }
        }
        #expect(outcomes.count { $0.isFirst } == count)
        #expect(Set(outcomes.map(\.id)).count == count)
        #expect(network.count(.authorization) == count)
        #expect(network.debitedMinorUnits == Int64(count) * 100_000)
        #expect(try await lab.count("SELECT count(*) FROM payment") == count)
    }

    @Test("A gateway dies after submitting: another one finds the reply under the same key")
    func deadGateway() async throws {
        let lab = try await Lab.make()
        let first = try GatewaySide(lab, "one")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await first.run() }
            tasks.addTask { _ = try? await first.pay(1, requestID: "req_1") }
            try await eventually { first.waiter.waitingCount == 1 }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
        try await lab.running([try lab.orchestrator()]) { try await lab.untilIdle() }
        let second = try GatewaySide(lab, "two")
        let again = try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await second.run() }
            defer { tasks.cancelAll() }
            return try await second.pay(1, requestID: "req_2")
        }
        #expect(!again.isFirst)
        let stored = try await ReplyStore.fetch([again.id], from: lab.gateway)
        #expect(stored[again.id]?.status == 200)
    }

    @Test(
        "Connections to the database are killed in mid-work: nothing is lost, nothing is doubled",
        arguments: SeededGenerator.seeds(count: 1)
    )
    func killedConnections(seed: UInt64) async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork()
        let count = 40
        var tuning = Lab.quick
        // A claim whose answer is lost with its connection waits for the end of its lease.
        tuning.leaseSeconds = 4
        let services = try (0..<2).map { _ in try lab.orchestrator(network, tuning: tuning) }
        try await lab.running(services) {
            let ids = try await lab.submit((1...count).map { Sample.pay($0) })
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for _ in 1...30 where !Task.isCancelled {
                        // One of the orchestrators' sessions, whatever it is doing.
                        try await lab.owner.execute(
                            """
                            SELECT pg_terminate_backend(pid) FROM (
                                SELECT pid FROM pg_stat_activity
                                WHERE application_name = 'orchestrator'
                                    AND datname = current_database()
                                ORDER BY md5(pid::text || \(Int64(bitPattern: seed))::text || now())
                                LIMIT 1
                            ) victim
                            """
                        )
                        try? await Task.sleep(for: .milliseconds(15))
                    }
                }
                for id in ids { _ = try await lab.reply(to: id) }
                tasks.cancelAll()
            }
            try await lab.untilIdle()
        }
        // A claim whose answer was lost is taken over, so some may have been reversed and failed.
        let captured = try await lab.count("SELECT count(*) FROM payment WHERE state = 'captured'")
        let failed = try await lab.count("SELECT count(*) FROM payment WHERE state = 'failed'")
        #expect(captured + failed == count)
        #expect(network.debitedMinorUnits == Int64(captured) * 100_000)
        #expect(network.heldCount == 0)
        #expect(try await lab.count("SELECT count(*) FROM journal") == captured)
        #expect(try await lab.balance(1100) == captured * 100_000)
    }
}
