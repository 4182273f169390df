import EventStore
import Logging
import Money
import Payments
import Postgres
import Projections
import Synchronization
import TestKit
import Testing

@testable import Orchestrator

@Suite("Rebuilding projections", .timeLimit(.minutes(2)))
struct RebuildTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Payments of every kind: captured, held, declined, refunded, canceled, waiting.
    private func trade(_ lab: Lab, seed: UInt64, first: Int = 1, count: Int = 24) async throws {
        let network = ScriptedNetwork { kind, earlier, effect in
            let amount = effect.message.amount.minorUnits
            if kind == .authorization, amount % 700 == 0 { return .refused("05") }
            return kind == .refund && earlier == 0 && amount % 300 == 0 ? .lost : .answered
        }
        var generator = SeededGenerator(seed: seed)
        try await lab.running([try lab.orchestrator(network)]) {
            for number in first..<(first + count) {
                let isHeld = generator.chance(percent: 30)
                let amount = Sample.rupees(.random(in: 10...500, using: &generator))
                let method: CaptureMethod = isHeld ? .manual : .automatic
                let paid = try await lab.ask(Sample.pay(number, amount, captureMethod: method))
                guard paid.status == 200 else { continue }
                if isHeld, generator.chance(percent: 60) {
                    let part = amount.minorUnits / 2
                    _ = try await lab.ask(
                        generator.chance(percent: 50)
                            ? Sample.capture(number, part) : Sample.cancel(number)
                    )
                } else if !isHeld, generator.chance(percent: 50) {
                    _ = try await lab.ask(Sample.refund(number, of: number, amount.minorUnits / 2))
                }
            }
            _ = try await lab.ask(Sample.token(first))
            if first == 1 {
                _ = try await lab.ask(Sample.webhookEndpoint)
                try await dispute(lab)
                _ = try await lab.ask(.payout(.changeSettings(payoutsByHand)))
            }
            try await lab.untilIdle()
        }
        if first == 1 {
            try await openSettlement(lab)
            try await openPayout(lab)
        }
    }

    private let payoutsByHand = UpdateBalanceSettings(
        settingsID: BalanceSettingsID(of: Sample.merchantID),
        interval: .manual
    )

    /// A charge that is reported and then disputed.
    private func dispute(_ lab: Lab) async throws {
        let number = 900
        let command = try await lab.submit(Sample.pay(number))
        _ = try await lab.reply(to: command)
        for (sequence, kind) in [(Int64(1), NetworkNoticeKind.fraudReported), (2, .chargedBack)] {
            let notice = NetworkNotice(
                sequence: sequence,
                kind: kind,
                reference: NetworkReference(commandID: 10_000 + sequence),
                traceNumber: 1,
                original: NetworkReference(commandID: command),
                networkCase: NetworkReference(commandID: 10_000 + sequence),
                acceptor: "",
                amount: Sample.rupees(1_000),
                reason: .fraudulent,
                reasonCode: "10.4",
                responseDays: 20
            )
            let request = RecordNotice(
                paymentID: Sample.paymentID(number),
                notice: notice,
                disputeID: DisputeID(checked: "du_000000000000000000000001"),
                warningID: EarlyFraudWarningID(checked: "issfr_000000000000000000000001")
            )
            _ = try await lab.ask(.dispute(.record(request)))
        }
    }

    /// A batch as the settlement service opens it.
    private func openSettlement(_ lab: Lab) async throws {
        let now = Lab.systemTime()
        let opening = SettlementCreated(
            settlementID: SettlementID(checked: "stl_000000000000000000000001"),
            merchantID: Sample.merchantID,
            livemode: false,
            currency: .inr,
            cutOffAt: now
        )
        let fact = SettlementEvent.created(opening)
        try await record(
            .settlement(fact),
            of: .settlement(opening.settlementID),
            as: Aggregates(settlement: Settlement.evolve(nil, by: fact, version: 1, at: now)),
            at: now,
            in: lab
        )
    }

    /// A payout as the payout service schedules it.
    private func openPayout(_ lab: Lab) async throws {
        let now = Lab.systemTime()
        let creation = PayoutCreated(
            payoutID: PayoutID(checked: "po_000000000000000000000001"),
            merchantID: Sample.merchantID,
            livemode: false,
            amount: Sample.rupees(100),
            isAutomatic: true,
            sendAt: now,
            arrivalAt: now,
            destination: PayoutDestination(
                id: BankAccountID(checked: "ba_000000000000000000000001"),
                holder: "TEA HOUSE",
                number: "000123456789",
                routingNumber: "110000000"
            )
        )
        let fact = PayoutEvent.created(creation)
        try await record(
            .payout(fact),
            of: .payout(creation.payoutID),
            as: Aggregates(payout: Payout.evolve(nil, by: fact, version: 1, at: now)),
            at: now,
            in: lab
        )
    }

    /// Appends a stream's first event with its projection, as a service does.
    private func record(
        _ fact: DomainEvent,
        of stream: StreamID,
        as aggregates: Aggregates,
        at now: Timestamp,
        in lab: Lab
    ) async throws {
        let event = NewEvent(
            merchantID: Sample.merchantID,
            recorded: RecordedEvent(stream: stream, version: 1, event: fact, recordedAt: now),
            cause: EventCause(commandID: 0, requestID: "service", idempotencyKey: nil)
        )
        var projections = ProjectionBatch()
        projections.add(aggregates, changed: [stream])
        let statements = [EventWriter.append([event])] + projections.statements
        try await lab.owner.withTransaction { transaction in
            _ = try await transaction.pipeline(statements)
        }
    }

    @Test(
        "Projections made again from events are what was live, byte for byte, twice",
        arguments: SeededGenerator.seeds(count: 2)
    )
    func identicalTwice(seed: UInt64) async throws {
        let lab = try await Lab.make()
        try await trade(lab, seed: seed)
        let rebuild = Rebuild(pool: lab.owner, logger: logger)
        for _ in 1...2 {
            let phases = Mutex<[Rebuild.Progress.Phase]>([])
            let report = try await rebuild.run { progress in
                phases.withLock { $0.append(progress.phase) }
            }
            #expect(report.isIdentical, "\(report.tables)")
            #expect(report.events > 0)
            #expect(report.tables.map(\.rows).allSatisfy { $0 > 0 })
            #expect(phases.withLock { $0.first } == .folding)
            #expect(phases.withLock { $0.last } == .comparing)
        }
        #expect(
            try await lab.count("SELECT count(*) FROM pg_namespace WHERE nspname = 'rebuild'") == 0
        )
    }

    @Test("Rows that were changed, lost or invented are found and put right")
    func repair() async throws {
        let lab = try await Lab.make()
        try await trade(lab, seed: 7)
        let before = try await fingerprint(lab)
        try await lab.owner.execute("ALTER TABLE payment DISABLE TRIGGER payment_transition_legal")
        try await lab.owner.execute(
            "UPDATE payment SET document = replace(document, 'visa', 'vise') WHERE id LIKE '%03'"
        )
        try await lab.owner.execute("ALTER TABLE payment ENABLE TRIGGER payment_transition_legal")
        try await lab.owner.execute("DELETE FROM charge WHERE id LIKE '%02'")
        try await lab.owner.execute("DELETE FROM merchant")
        try await lab.owner.execute(
            "INSERT INTO refund VALUES ('acct_x', 're_x', 'pi_x', 'ch_x', now())"
        )
        let rebuild = Rebuild(pool: lab.owner, logger: logger)
        let onlyFound = try await rebuild.run(repair: .none)
        #expect(!onlyFound.isIdentical)
        let found = try await rebuild.run()
        #expect(found.tables == onlyFound.tables)
        func table(_ name: String) -> ProjectionComparison? {
            found.tables.first { $0.table == name }
        }
        #expect(table("payment")?.different == 1)
        #expect(table("charge")?.missing == 1)
        #expect(table("merchant")?.missing == 1)
        #expect(table("refund")?.surplus == 1)
        #expect(table("payment_method")?.isIdentical == true)
        #expect(try await rebuild.run().isIdentical)
        #expect(try await fingerprint(lab) == before)
    }

    @Test("A rebuild while payments go on finds no difference")
    func online() async throws {
        let lab = try await Lab.make()
        try await trade(lab, seed: 3)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await trade(lab, seed: 4, first: 100, count: 60) }
            let rebuild = Rebuild(pool: lab.owner, logger: logger)
            for _ in 1...3 {
                let report = try await rebuild.run(repair: .none)
                #expect(report.isIdentical, "\(report.tables)")
            }
            try await tasks.waitForAll()
        }
    }

    private func fingerprint(_ lab: Lab) async throws -> String? {
        try await lab.owner.query(
            """
            SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
                SELECT payment::text AS line FROM payment
                UNION ALL SELECT charge::text FROM charge
                UNION ALL SELECT refund::text FROM refund
                UNION ALL SELECT merchant::text FROM merchant
                UNION ALL SELECT api_key::text FROM api_key
            ) lines
            """
        ).first?.decode(String?.self, at: 0)
    }
}
