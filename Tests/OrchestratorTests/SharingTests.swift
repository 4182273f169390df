import CommandQueue
import EventStore
import JSON
import Money
import Payments
import Postgres
import Testing

@testable import Orchestrator

@Suite("Sharing the work", .timeLimit(.minutes(2)))
struct SharingTests {
    @Test("Three orchestrators share payments and refunds, and nothing happens twice")
    func sharing() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork()
        let count = 120
        let services = try (0..<3).map { _ in try lab.orchestrator(network) }
        try await lab.running(services) {
            let ids = try await lab.submit((1...count).map { Sample.pay($0) })
            for id in ids { #expect(try await lab.reply(to: id).status == 200) }
            // Two refunds of each payment at the same time: one target, one after the other.
            let refunds = (1...count).flatMap { number in
                [
                    Sample.refund(number, of: number, 60_000),
                    Sample.refund(1_000 + number, of: number, 60_000),
                ]
            }
            var statuses: [Int16: Int] = [:]
            for id in try await lab.submit(refunds) {
                statuses[try await lab.reply(to: id).status, default: 0] += 1
            }
            #expect(statuses == [200: count, 400: count])
        }
        #expect(network.count(.authorization) == count)
        #expect(network.count(.capture) == count)
        #expect(network.count(.refund) == count)
        #expect(network.debitedMinorUnits == Int64(count) * 40_000)
        #expect(try await lab.balance(1100) == count * 40_000)
        #expect(try await lab.count("SELECT count(*) FROM work") == 0)
        let claimants: Query = "SELECT count(DISTINCT tx) FROM event"
        // Batching is real: far fewer transactions than commands.
        #expect(try await lab.count(claimants) < count * 2)
    }

    @Test("With every notification lost, all is done, by polling")
    func deaf() async throws {
        let lab = try await Lab.make()
        let network = ScriptedNetwork()
        try await lab.running([try lab.orchestrator(network, isDeaf: true)]) {
            for number in 1...3 {
                let status = try await lab.ask(Sample.pay(number)).status
                #expect(status == 200)
            }
        }
        #expect(network.debitedMinorUnits == 300_000)
    }

    @Test(
        "Items that the books refuse, or that cannot be read, leave the others of their batch alone"
    )
    func badItems() async throws {
        let lab = try await Lab.make()
        // No period of euros may be posted to any more.
        try await lab.owner.execute("INSERT INTO closed_period VALUES ('eur', 'infinity')")
        let euros = Money(minorUnits: 5_000, currency: .eur)
        let network = ScriptedNetwork()
        let bad = try await lab.submit([Sample.pay(1, euros), Sample.pay(2), Sample.pay(3)])
        try await lab.owner.execute("ALTER TABLE command DISABLE TRIGGER command_append_only")
        try await lab.owner.execute(
            "UPDATE command SET kind = 'from_the_future' WHERE id = \(bad[1])"
        )
        try await lab.running([try lab.orchestrator(network)]) {
            let good = try await lab.submit((4...10).map { Sample.pay($0) })
            for id in good + [bad[2]] { #expect(try await lab.reply(to: id).status == 200) }
            // What the books refuse is undone at the network when it is tried again.
            let refused = try await lab.reply(to: bad[0])
            #expect(refused.status == 402)
        }
        #expect(try await lab.count("SELECT count(*) FROM journal") == 8)
        #expect(try await lab.events(1).last == "payment_failed")
        #expect(network.debitedMinorUnits == 800_000 && network.heldCount == 0)
        let left = try await lab.owner.query("SELECT command_id FROM work ORDER BY command_id")
        #expect(try left.map { try $0.decode(Int64.self, at: 0) } == [bad[1]])
    }

    @Test("Two payments spend one token: one succeeds, the other is reversed and refused")
    func conflict() async throws {
        let lab = try await Lab.make()
        let gate = Gate()
        let network = ScriptedNetwork { kind, _, _ in
            kind == .authorization ? .held(gate) : .answered
        }
        try await lab.running([try lab.orchestrator(network)]) {
            _ = try await lab.ask(Sample.token(1))
            let ids = try await lab.submit([
                Sample.pay(1, token: Sample.tokenID(1)), Sample.pay(2, token: Sample.tokenID(1)),
            ])
            // Both have been authorized before either is stored.
            try await eventually { gate.waitingCount == 2 }
            gate.open()
            var statuses: [Int16] = []
            for id in ids { statuses.append(try await lab.reply(to: id).status) }
            #expect(statuses.sorted() == [200, 400])
        }
        #expect(network.debitedMinorUnits == 100_000 && network.heldCount == 0)
        #expect(network.count(.reversal) == 1)
        #expect(try await lab.count("SELECT count(*) FROM payment") == 1)
    }
}
