import CardNetwork
import JSON
import Payments
import Testing

@testable import Sandbox

@Suite("Faults", .timeLimit(.minutes(2)))
struct FaultTests {
    private static let ample = Duration.seconds(20)
    private static let short = Duration.milliseconds(250)

    private func withFault(
        _ plan: String,
        _ body: (RunningSandbox, CardDetails) async throws -> Void
    ) async throws {
        try await RunningSandbox.run { sandbox in
            let card = try #require(try await sandbox.vault.resolve("pm_card_visa"))
            await sandbox.network.untilConnected()
            #expect(try await sandbox.control.switchFaults(plan) == 200)
            try await body(sandbox, card)
        }
    }

    @Test(
        "leave the outcome unknown although the request took effect",
        arguments: ["no_answer", "late", "garbage", "reset"]
    )
    func unknownOutcome(kind: String) async throws {
        let plan = #"{"rules": [{"kind": "\#(kind)", "request": "authorization", "times": 1}]}"#
        try await withFault(plan) { sandbox, card in
            let authorization = EffectSamples.authorization(1, card)
            let outcome = await sandbox.network.send(authorization, timeout: Self.short)
            #expect(outcome == .unknown)
            let reference = NetworkReference(commandID: 1)
            let row = try #require(try await sandbox.control.summary(of: reference))
            #expect(try row.integer("held") == 10_000)
            let reversal = EffectSamples.reversal(of: 1, card)
            #expect(await sandbox.network.send(reversal, timeout: Self.ample) == .acknowledged)
            let after = try #require(try await sandbox.control.summary(of: reference))
            #expect(try after.integer("held") == 0)
            #expect(try after.integer("reversed") == 10_000)
        }
    }

    @Test("lose a request before it takes effect")
    func lost() async throws {
        try await withFault(#"{"rules": [{"kind": "lost", "times": 1}]}"#) { sandbox, card in
            // The echo test and the sign-on are requests, too; only business has amounts here.
            let outcomes = [
                await sandbox.network.send(
                    EffectSamples.authorization(1, card),
                    timeout: Self.short
                ),
                await sandbox.network.send(
                    EffectSamples.authorization(1, card),
                    timeout: Self.ample
                ),
            ]
            #expect(outcomes.first == .unknown)
            guard case .approved? = outcomes.last else {
                Issue.record("the outcome is \(outcomes)")
                return
            }
            let log = try await sandbox.control.get("log")
            #expect(log.asArray?.count == 1)
        }
    }

    @Test("answer twice, out of order and slowly without harm")
    func harmless() async throws {
        for kind in ["duplicate", "out_of_order", "slow"] {
            let plan = #"{"slow_milliseconds": 20, "rules": [{"kind": "\#(kind)"}]}"#
            try await withFault(plan) { sandbox, card in
                await withTaskGroup(of: Void.self) { tasks in
                    for command in 1...Int64(20) {
                        tasks.addTask {
                            let outcome = await sandbox.network.send(
                                EffectSamples.authorization(command, card),
                                timeout: Self.ample
                            )
                            guard case .approved(let code, _) = outcome else {
                                Issue.record("\(kind): the outcome is \(outcome)")
                                return
                            }
                            let reference = NetworkReference(commandID: command).rawValue
                            #expect(code == String(reference.suffix(6)))
                        }
                    }
                }
                #expect(sandbox.network.statistics.connectionsOpened == 1)
            }
        }
    }

    @Test("are chosen by amount and by kind of request")
    func byAmount() async throws {
        let plan = """
            {"rules": [{"kind": "no_answer", "request": "capture", "amount": 4321},
                       {"kind": "decline_storm", "amount": 666}]}
            """
        try await withFault(plan) { sandbox, card in
            let network = sandbox.network
            let storm = EffectSamples.authorization(1, card, amount: 666)
            #expect(
                await network.send(storm, timeout: Self.ample) == .declined(responseCode: "91")
            )
            _ = await network.send(EffectSamples.authorization(2, card), timeout: Self.ample)
            let capture = EffectSamples.capture(of: 2, card, amount: 4_321)
            #expect(await network.send(capture, timeout: Self.short) == .unknown)
            // A minute in which nothing is answered, cut short: then the same advice again.
            try await sandbox.control.switchFaults("{}")
            let again = EffectSamples.capture(of: 2, card, amount: 4_321, isRepeat: true)
            #expect(await network.send(again, timeout: Self.ample) == .acknowledged)
            let row = try #require(
                try await sandbox.control.summary(of: NetworkReference(commandID: 2))
            )
            #expect(try row.integer("captured") == 4_321)
        }
    }

    @Test(
        "that nobody knows are refused",
        arguments: [
            #"{"probabilty": 0.5}"#, #"{"probability": 2, "kinds": ["late"]}"#,
            #"{"probability": 0.5}"#, #"{"rules": [{"kind": "explosion"}]}"#, "[]", "nonsense",
        ]
    )
    func unknownPlan(plan: String) async throws {
        try await RunningSandbox.run { sandbox in
            let status = try await sandbox.control.switchFaults(plan)
            #expect(status == 400)
            let faults = try await sandbox.control.get("faults")
            #expect(try faults.array("kinds").isEmpty)
        }
    }

    @Test("come in the same order from the same seed, about as often as asked")
    func seeded() throws {
        var plan = FaultPlan()
        plan.probability = 0.05
        plan.kinds = [.late, .duplicate, .reset]
        plan.seed = 42
        func faults(_ plan: FaultPlan) -> [FaultKind?] {
            var dice = FaultDice(plan: plan)
            return (0..<10_000).map { _ in dice.fault(for: .authorization, amountMinorUnits: 1) }
        }
        let first = faults(plan)
        #expect(first == faults(plan))
        #expect((350...650).contains(first.count { $0 != nil }))
        #expect(Set(first.compactMap { $0 }) == Set(plan.kinds))
        plan.requests = [.refund]
        #expect(faults(plan).allSatisfy { $0 == nil })
        plan.requests = nil
        plan.seed = 43
        #expect(first != faults(plan))
    }
}
