import CommandQueue
import JSON
import Payments
import Postgres
import Testing

@testable import Orchestrator

@Suite("Work that changes hands", .timeLimit(.minutes(1)))
struct TakeOverTests {
    /// As if the holder had been silent for as long as a lease lasts.
    private func expireLeases(_ lab: Lab) async throws {
        try await lab.owner.execute(
            """
            UPDATE work SET due_at = now() - interval '1 second'
            WHERE lease_token IS NOT NULL
            """
        )
    }

    @Test(
        "An orchestrator dies between send and answer: reversal first, then the payment fails",
        arguments: [true, false]
    )
    func deathAfterSend(arrived: Bool) async throws {
        let lab = try await Lab.make()
        let gate = Gate()
        let network = ScriptedNetwork { kind, _, _ in
            guard kind == .authorization else { return .answered }
            return arrived ? .held(gate) : .delayed(gate)
        }
        let id = try await lab.submit(Sample.pay(1))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let first = try lab.orchestrator(network)
            tasks.addTask { try await first.run() }
            try await eventually { gate.waitingCount == 1 }
            tasks.cancelAll()
            gate.open()
            try await tasks.waitForAll()
        }
        #expect(try await lab.count("SELECT count(*) FROM event WHERE stream LIKE 'pi%'") == 0)
        try await expireLeases(lab)
        try await lab.running([try lab.orchestrator(network)]) {
            let reply = try await lab.reply(to: id)
            #expect(reply.status == 402)
            #expect(try reply.body.string("error", "code") == "processing_error")
        }
        #expect(network.count(.authorization) == 1)
        #expect(network.count(.reversal) == 1)
        #expect(network.heldCount == 0 && network.debitedMinorUnits == 0)
        #expect(
            try await lab.events(1)
                == ["payment_created", "authorization_unknown", "payment_failed"]
        )
    }

    @Test(
        "An orchestrator dies after the capture was taken: the advice is repeated, and counts once"
    )
    func deathAfterCapture() async throws {
        let lab = try await Lab.make()
        let gate = Gate()
        let network = ScriptedNetwork { kind, earlier, _ in
            kind == .capture && earlier == 0 ? .held(gate) : .answered
        }
        try await lab.running([try lab.orchestrator(network)]) {
            _ = try await lab.ask(Sample.pay(1, captureMethod: .manual))
        }
        let id = try await lab.submit(Sample.capture(1))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let first = try lab.orchestrator(network)
            tasks.addTask { try await first.run() }
            try await eventually { gate.waitingCount == 1 }
            tasks.cancelAll()
            gate.open()
            try await tasks.waitForAll()
        }
        try await expireLeases(lab)
        try await lab.running([try lab.orchestrator(network)]) {
            let status = try await lab.reply(to: id).status
            #expect(status == 200)
        }
        #expect(network.log.filter { $0.kind == .capture }.map(\.isRepeated) == [false, true])
        #expect(network.debitedMinorUnits == 100_000)
        #expect(try await lab.count("SELECT count(*) FROM journal") == 1)
    }

    @Test(
        "A lease runs out while its holder works: the holder's write is dropped, nothing doubled"
    )
    func fenced() async throws {
        let lab = try await Lab.make()
        let gate = Gate()
        let slow = ScriptedNetwork { kind, _, _ in kind == .authorization ? .held(gate) : .answered
        }
        let holder = try lab.orchestrator(slow)
        let id = try await lab.submit(Sample.pay(1))
        try await lab.running([holder]) {
            try await eventually { gate.waitingCount == 1 }
            // It claims nothing more, so that it does not take its own work over.
            holder.stop()
            try await expireLeases(lab)
            // The second meets another network object; only the first one's books matter here.
            let second = ScriptedNetwork()
            try await lab.running([try lab.orchestrator(second)]) {
                let status = try await lab.reply(to: id).status
                #expect(status == 402)
            }
            #expect(second.log.map(\.kind) == [.reversal])
            gate.open()
            // The holder goes on to its end: it may send the capture, which the network refuses
            // after a reversal, but it writes nothing.
            try await eventually { holder.leases.count == 0 }
        }
        #expect(
            try await lab.events(1)
                == ["payment_created", "authorization_unknown", "payment_failed"]
        )
        #expect(try await lab.count("SELECT count(*) FROM journal") == 0)
        #expect(try await lab.count("SELECT count(*) FROM reply") == 2)
    }

    @Test("A holder that learns that its lease is lost sends nothing more")
    func stopsSending() async throws {
        let lab = try await Lab.make()
        let gate = Gate()
        let network = ScriptedNetwork { kind, _, _ in
            kind == .authorization ? .held(gate) : .answered
        }
        let holder = try lab.orchestrator(network)
        let id = try await lab.submit(Sample.pay(1))
        try await lab.running([holder]) {
            try await eventually { gate.waitingCount == 1 }
            // Somebody else has it now.
            try await lab.owner.execute("UPDATE work SET lease_token = nextval('work_lease_token')")
            await holder.keeper.renew(holder.leases.all)
            gate.open()
            try await eventually { network.log.count == 1 && holder.leases.count == 0 }
        }
        #expect(network.log.map(\.kind) == [.authorization])
        #expect(try await lab.count("SELECT count(*) FROM reply WHERE command_id = \(id)") == 0)
    }

    @Test("A graceful end finishes what is under way, and leaves the rest to others")
    func gracefulEnd() async throws {
        let lab = try await Lab.make()
        let gate = Gate()
        let network = ScriptedNetwork { kind, _, _ in
            kind == .authorization ? .held(gate) : .answered
        }
        let service = try lab.orchestrator(network)
        let first = try await lab.submit(Sample.pay(1))
        let second = try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await service.run() }
            try await eventually { gate.waitingCount == 1 }
            service.stop()
            let second = try await lab.submit(Sample.pay(2))
            gate.open()
            try await tasks.waitForAll()
            return second
        }
        let status = try await lab.reply(to: first).status
        #expect(status == 200)
        let left: Query = "SELECT count(*) FROM work WHERE lease_token IS NULL AND claims = 0"
        #expect(try await lab.count(left) == 1)
        #expect(try await lab.count("SELECT count(*) FROM reply WHERE command_id = \(second)") == 0)
    }
}
