import JSON
import Money
import Testing

@testable import Payments

@Suite("Stored documents")
struct DocumentTests {
    /// A shell with every kind of payment event in its store, over several payments.
    private func everything() throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var shell = Shell(refundFeePolicy: .returned)
        _ = try shell.run(try shell.creation(), .unknown, .acknowledged)
        let failed = try #require(shell.payment)
        _ = try shell.run(
            .updatePayment(
                UpdatePayment(
                    paymentID: failed.id,
                    changes: PaymentChanges(amountMinorUnits: 5_000)
                )
            )
        )
        _ = try shell.run(
            shell.confirmCommand(failed, with: .existing(try shell.addMethod())),
            Sample.approval,
            .acknowledged
        )
        let paid = try #require(shell.payment)
        _ = try shell.run(shell.refundCommand(paid, 1_000), .acknowledged)
        _ = try shell.run(shell.refundCommand(paid, 1_000), .refused(responseCode: "54"))
        let refund = try #require(shell.payment?.refunds.first)
        _ = try shell.run(
            .updateRefund(
                UpdateRefund(
                    refundID: refund.id,
                    paymentID: paid.id,
                    metadata: MetadataChange(steps: [.init(key: "é\"", value: "\u{1F375}\n")])
                )
            )
        )
        let tokenID = shell.makeID(CardTokenID.self)
        _ = try shell.run(
            .createCardToken(
                CreateCardToken(tokenID: tokenID, card: Sample.card(), billingDetails: [:])
            )
        )
        _ = try shell.run(
            .createPaymentMethod(
                CreatePaymentMethod(
                    method: NewPaymentMethod(
                        id: shell.makeID(),
                        card: .token(tokenID),
                        billingDetails: ["name": nil]
                    )
                )
            )
        )
        events += shell.stored
        shell = Shell(seed: 8)
        let held = try shell.hold()
        _ = try shell.run(shell.cancelCommand(held), .acknowledged)
        events += shell.stored
        shell = Shell(seed: 9)
        let part = try shell.hold()
        _ = try shell.run(shell.captureCommand(part, 4_000), .acknowledged)
        events += shell.stored
        shell = Shell(seed: 10)
        let late = try shell.hold()
        shell.now = shell.now.adding(seconds: 8 * 86_400)
        _ = try shell.run(
            .expirePayment(ExpirePayment(paymentID: late.id, remainderRefundID: shell.makeID())),
            .acknowledged
        )
        events += shell.stored
        shell = Shell(seed: 11)
        let waiting = try shell.pay()
        shell.isSettled = true
        shell.balanceMinorUnits = -1
        _ = try shell.run(shell.refundCommand(waiting, 1_000))
        let first = try #require(shell.payment?.refunds.first)
        _ = try shell.run(
            .cancelRefund(EndRefund(refundID: first.id, paymentID: waiting.id))
        )
        _ = try shell.run(shell.refundCommand(waiting, 1_000))
        let second = try #require(shell.payment?.refunds.last)
        _ = try shell.run(
            .expireRefund(EndRefund(refundID: second.id, paymentID: waiting.id))
        )
        events += shell.stored
        shell = Shell(seed: 12)
        try DisputeSample.playAll(&shell)
        events += shell.stored
        events.append(
            RecordedEvent(
                stream: .merchant(shell.merchant.id),
                version: 1,
                event: .merchantCreated(shell.merchant),
                recordedAt: shell.now
            )
        )
        return events + WebhookSample.events(of: shell.merchant.id)
            + SettlementSample.events(of: shell.merchant.id)
            + PayoutSample.events(of: shell.merchant)
            + [
                RecordedEvent(
                    stream: .adjustment(AdjustmentSample.second.id),
                    version: 1,
                    event: .adjustmentPosted(AdjustmentSample.second),
                    recordedAt: shell.now
                ),
                RecordedEvent(
                    stream: .adjustment(AdjustmentSample.first.id),
                    version: 1,
                    event: .adjustmentPosted(AdjustmentSample.first),
                    recordedAt: shell.now
                ),
            ]
    }

    @Test("Every event type round-trips to the same value and the same bytes")
    func events() throws {
        var seen: Set<String> = []
        for recorded in try everything() {
            let stored = EventCatalog.current.store(recorded.event)
            #expect(stored.typeVersion == 1)
            let bytes = stored.data.serialized()
            let read = StoredEvent(
                type: stored.type,
                typeVersion: stored.typeVersion,
                data: try JSON(parsing: bytes)
            )
            let event = try EventCatalog.current.load(read)
            #expect(event == recorded.event)
            #expect(EventCatalog.current.store(event).data.serialized() == bytes)
            seen.insert(stored.type)
        }
        #expect(seen == Set(EventCatalog.types))
    }

    @Test("A snapshot of a payment at every version round-trips to the same bytes")
    func snapshots() throws {
        var payments: [StreamID: Payment] = [:]
        for recorded in try everything() {
            guard case .payment(let event) = recorded.event else { continue }
            let payment = try Payment.evolve(
                payments[recorded.stream],
                by: event,
                version: recorded.version,
                at: recorded.recordedAt
            )
            let bytes = payment.document.serialized()
            let read = try Payment(document: JSON(parsing: bytes))
            #expect(read == payment)
            #expect(read.document.serialized() == bytes)
            payments[recorded.stream] = payment
        }
        #expect(payments.count == 6)
    }

    @Test("Payment methods, tokens and merchants round-trip to the same bytes")
    func others() throws {
        var shell = Shell()
        let id = try shell.addMethod()
        let method = try #require(shell.methods[id])
        let bytes = method.document.serialized()
        #expect(try PaymentMethod(document: JSON(parsing: bytes)) == method)
        let merchant = shell.merchant.document.serialized()
        #expect(try Merchant(document: JSON(parsing: merchant)).document.serialized() == merchant)
    }

    @Test("Every kind of command round-trips to the same bytes")
    func commands() throws {
        var shell = Shell()
        let payment = try shell.pay()
        let change = DetailsChange(
            description: .clear,
            receiptEmail: .set("tea@example.com"),
            metadata: MetadataChange(clearsFirst: true, steps: [.init(key: "k", value: nil)]),
            presentation: ["x": [1, nil]]
        )
        let changes = PaymentChanges(
            amountMinorUnits: 1,
            currency: .jpy,
            captureMethod: .manual,
            details: change
        )
        let inline = NewPaymentMethod(
            id: shell.makeID(),
            card: .card(Sample.card()),
            billingDetails: ["email": nil],
            metadata: Metadata([.init(key: "a", value: "b")])
        )
        let commands: [Command] =
            [
                try shell.creation(),
                .updatePayment(
                    UpdatePayment(
                        paymentID: payment.id,
                        changes: changes,
                        paymentMethod: .new(inline),
                        expand: ["latest_charge"]
                    )
                ),
                shell.confirmCommand(payment, with: .existing(shell.makeID())),
                shell.captureCommand(payment, 5), shell.cancelCommand(payment),
                .expirePayment(
                    ExpirePayment(paymentID: payment.id, remainderRefundID: shell.makeID())
                ),
                shell.refundCommand(payment, 5),
                .updateRefund(
                    UpdateRefund(
                        refundID: shell.makeID(),
                        paymentID: payment.id,
                        metadata: MetadataChange()
                    )
                ),
                .cancelRefund(EndRefund(refundID: shell.makeID(), paymentID: payment.id)),
                .expireRefund(EndRefund(refundID: shell.makeID(), paymentID: payment.id)),
                .createPaymentMethod(CreatePaymentMethod(method: inline)),
                .createCardToken(
                    CreateCardToken(
                        tokenID: shell.makeID(),
                        card: Sample.card(),
                        billingDetails: [:],
                        clientAddress: "::1"
                    )
                ),
                .createMerchant(CreateMerchant(merchant: shell.merchant)),
            ] + WebhookSample.commands + SettlementSample.commands(of: shell.merchant.id)
            + (try DisputeSample.commands(&shell, payment))
            + PayoutSample.commands(of: shell.merchant.id)
        #expect(Set(commands.map(\.kind)) == Set(Command.Kind.allCases))
        for command in commands {
            let bytes = command.body.serialized()
            let read = try Command(kind: command.kind.rawValue, body: JSON(parsing: bytes))
            #expect(read == command)
            #expect(read.body.serialized() == bytes)
        }
    }

    @Test("Unknown types, versions, commands and words are refused by name")
    func unknown() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(confirms: false))
        let stored = EventCatalog.current.store(try #require(run.events.first?.event))
        #expect(throws: DocumentError.unknownEventType("payment_teleported")) {
            try EventCatalog.current.load(
                StoredEvent(type: "payment_teleported", typeVersion: 1, data: stored.data)
            )
        }
        for version in [0, 2, -1] as [Int16] {
            #expect(
                throws: DocumentError.unknownEventVersion(type: stored.type, version: version)
            ) {
                try EventCatalog.current.load(
                    StoredEvent(type: stored.type, typeVersion: version, data: stored.data)
                )
            }
        }
        #expect(throws: DocumentError.unknownCommand("destroy_payment")) {
            try Command(kind: "destroy_payment", body: [:])
        }
        #expect(throws: DocumentError.missing(field: "payment_id")) {
            try EventCatalog.current.load(
                StoredEvent(type: "payment_created", typeVersion: 1, data: [:])
            )
        }
    }

    @Test("An older version of an event type is raised step by step")
    func upcasting() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(confirms: false))
        let event = try #require(run.events.first?.event)
        let current = EventCatalog.current.store(event).data
        guard case .object(let members) = current else {
            Issue.record("an event is an object")
            return
        }
        // Version 1 called it `secret`, version 2 lacked the mode; version 3 is the current form.
        let rename = EventCatalog.Upcaster(type: "payment_created", fromVersion: 1) { data in
            guard case .object(let members) = data else { return data }
            return .object(
                members.map {
                    $0.key == "secret" ? .init(key: "client_secret", value: $0.value) : $0
                }
            )
        }
        let addMode = EventCatalog.Upcaster(type: "payment_created", fromVersion: 2) { data in
            guard case .object(let members) = data else { return data }
            return .object(members + [.init(key: "livemode", value: false)])
        }
        let catalog = EventCatalog(revised: ["payment_created": 3], upcasters: [rename, addMode])
        let second = JSON.object(members.filter { $0.key != "livemode" })
        guard case .object(let secondMembers) = second else { return }
        let first = JSON.object(
            secondMembers.map {
                $0.key == "client_secret" ? .init(key: "secret", value: $0.value) : $0
            }
        )
        for (version, data) in [(1, first), (2, second), (3, current)] as [(Int16, JSON)] {
            let stored = StoredEvent(type: "payment_created", typeVersion: version, data: data)
            #expect(try catalog.load(stored) == event)
        }
        #expect(catalog.store(event).typeVersion == 3)
        #expect(throws: DocumentError.unknownEventVersion(type: "payment_created", version: 4)) {
            try catalog.load(StoredEvent(type: "payment_created", typeVersion: 4, data: current))
        }
    }
}
