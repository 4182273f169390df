import JSON
import Money
import Payments
import Postgres
import Testing

@testable import Orchestrator

@Suite("The sweeper", .timeLimit(.minutes(1)))
struct SweeperTests {
    private var noGrace: OrchestratorTuning {
        var tuning = Lab.quick
        tuning.sweepGraceSeconds = 0
        return tuning
    }

    @Test("A payment that waits for the network and that nobody works on gets work again")
    func lostWork() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork { kind, earlier, _ in
            (kind == .capture || kind == .refund) && earlier == 0 ? .lost : .answered
        }
        var slow = Lab.quick
        slow.retryInitialMilliseconds = 60_000
        slow.retryMaximumMilliseconds = 60_000
        try await lab.running([try lab.orchestrator(network, tuning: slow)]) {
            _ = try await lab.submit(Sample.pay(1))
            try await eventually { try await lab.payment(1)?.status == .processing }
        }
        // Its work row is lost, which should never happen.
        try await lab.owner.execute("DELETE FROM work")
        let service = try lab.orchestrator(network, tuning: noGrace)
        #expect(try await service.sweeper.sweep() == 1)
        #expect(try await service.sweeper.sweep() == 0)
        try await lab.running([service]) {
            try await lab.untilIdle()
            #expect(try await lab.payment(1)?.status == .succeeded)
            #expect(try await service.sweeper.sweep() == 0)
        }
        #expect(network.log.filter { $0.kind == .capture }.map(\.isRepeated) == [false, true])
        #expect(network.debitedMinorUnits == 100_000)
    }

    @Test("What somebody works on, or what has not come to its moment, is left alone")
    func leftAlone() async throws {
        let lab = try await Lab.make()
        let gate = Gate()
        let network = ScriptedNetwork { kind, earlier, _ in
            kind == .capture && earlier > 0 ? .held(gate) : kind == .capture ? .lost : .answered
        }
        let service = try lab.orchestrator(network, tuning: noGrace)
        try await lab.running([service]) {
            _ = try await lab.ask(Sample.pay(1, captureMethod: .manual))
            let id = try await lab.submit(Sample.capture(1))
            try await eventually { gate.waitingCount == 1 }
            #expect(try await service.sweeper.sweep() == 0)
            gate.open()
            let status = try await lab.reply(to: id).status
            #expect(status == 200)
            _ = try await lab.ask(Sample.pay(2, captureMethod: .manual))
            #expect(try await service.sweeper.sweep() == 0)
        }
    }

    @Test("An authorization that nobody captured in time expires, once")
    func expiry() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork()
        let eightDays: Int64 = 8 * 24 * 60 * 60
        let past = try lab.orchestrator(
            network,
            clock: { Lab.systemTime().adding(seconds: -eightDays) }
        )
        try await lab.running([past]) {
            _ = try await lab.ask(Sample.pay(1, captureMethod: .manual))
        }
        let service = try lab.orchestrator(network)
        #expect(try await service.sweeper.sweep() == 1)
        #expect(try await service.sweeper.sweep() == 0)
        try await lab.running([service]) { try await lab.untilIdle() }
        #expect(try await lab.payment(1)?.state == .expired)
        #expect(network.heldCount == 0)
        #expect(try await lab.events(1).suffix(2) == ["void_requested", "payment_expired"])
        let internalKeys: Query = "SELECT count(*) FROM event WHERE idempotency_key LIKE 'expire:%'"
        #expect(try await lab.count(internalKeys) == 0)
    }
}
