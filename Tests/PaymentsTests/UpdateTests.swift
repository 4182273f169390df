import JSON
import Money
import Payments
import Testing

@Suite("Updating a payment")
struct UpdateTests {
    private func update(_ payment: Payment, _ changes: PaymentChanges) -> Command {
        .updatePayment(UpdatePayment(paymentID: payment.id, changes: changes))
    }

    @Test("Metadata merges, an empty value removes its key, and order is kept")
    func metadata() throws {
        var shell = Shell()
        let payment = try shell.pay()
        let set = MetadataChange(steps: [.init(key: "b", value: "1"), .init(key: "a", value: "2")])
        _ = try shell.run(update(payment, PaymentChanges(details: DetailsChange(metadata: set))))
        #expect(shell.payment?.details.metadata.entries.map(\.key) == ["b", "a"])
        let remove = MetadataChange(steps: [
            .init(key: "b", value: nil), .init(key: "a", value: "3"),
        ])
        _ = try shell.run(update(payment, PaymentChanges(details: DetailsChange(metadata: remove))))
        #expect(shell.payment?.details.metadata == Metadata([.init(key: "a", value: "3")]))
        let clear = MetadataChange(clearsFirst: true, steps: [.init(key: "c", value: "4")])
        _ = try shell.run(update(payment, PaymentChanges(details: DetailsChange(metadata: clear))))
        #expect(shell.payment?.details.metadata == Metadata([.init(key: "c", value: "4")]))
        #expect(shell.payment?.state == .captured)
    }

    @Test("A change that changes nothing leaves no event")
    func nothing() throws {
        var shell = Shell()
        let payment = try shell.pay()
        let same = DetailsChange(description: .set("a cup of tea"))
        let run = try shell.run(update(payment, PaymentChanges(details: same)))
        #expect(run.events.isEmpty)
        #expect(run.reply == .payment(payment.id))
    }

    @Test("Fields are set, cleared and kept; presentation is replaced member by member")
    func fields() throws {
        var shell = Shell()
        _ = try shell.run(try shell.creation(confirms: false))
        let payment = try #require(shell.payment)
        let change = DetailsChange(
            description: .clear,
            receiptEmail: .set("tea@example.com"),
            shipping: .set(["name": "A"]),
            presentation: ["x": 1, "y": 2]
        )
        _ = try shell.run(update(payment, PaymentChanges(details: change)))
        let more = DetailsChange(presentation: ["y": 3, "z": 4])
        _ = try shell.run(update(payment, PaymentChanges(details: more)))
        let details = try #require(shell.payment?.details)
        #expect(details.description == nil)
        #expect(details.receiptEmail == "tea@example.com")
        #expect(details.shipping == ["name": "A"])
        #expect(details.presentation == ["x": 1, "y": 3, "z": 4])
    }

    @Test("The amount changes before confirmation and not after")
    func amount() throws {
        var shell = Shell()
        _ = try shell.run(try shell.creation(confirms: false))
        let payment = try #require(shell.payment)
        let run = try shell.run(
            update(payment, PaymentChanges(amountMinorUnits: 700, currency: .usd))
        )
        #expect(run.types == ["payment_updated"])
        #expect(shell.payment?.amount == Money(minorUnits: 700, currency: .usd))
        let small = try shell.run(update(payment, PaymentChanges(amountMinorUnits: 1)))
        #expect(
            small.reply == .refused(.amountTooSmall(least: Money(minorUnits: 50, currency: .usd)))
        )
        shell = Shell()
        let paid = try shell.pay()
        let late = try shell.run(update(paid, PaymentChanges(amountMinorUnits: 700)))
        guard
            case .refused(.unexpectedStatus(.update, _, status: .succeeded, allowed: _)) = late
                .reply
        else {
            Issue.record("an update of a paid amount must be refused")
            return
        }
        #expect(shell.payment == paid)
    }

    @Test("What a confirmation changes is an event of its own, and the attempt uses it")
    func confirmWithChanges() throws {
        var shell = Shell()
        _ = try shell.run(try shell.creation(confirms: false))
        let payment = try #require(shell.payment)
        let method = try shell.addMethod()
        let command = Command.confirmPayment(
            ConfirmPayment(
                paymentID: payment.id,
                chargeID: shell.makeID(),
                changes: PaymentChanges(captureMethod: .manual),
                paymentMethod: .existing(method)
            )
        )
        let run = try shell.run(command, Sample.approval)
        #expect(run.types == ["payment_updated", "payment_authorized"])
        #expect(shell.payment?.status == .requiresCapture)
    }

    @Test("A payment that runs out of versions refuses changes, never the end of what is in flight")
    func room() throws {
        var shell = Shell()
        let payment = try shell.pay()
        var version = payment.version
        while true {
            let change = MetadataChange(steps: [.init(key: "n", value: "\(version)")])
            let run = try shell.run(
                update(payment, PaymentChanges(details: DetailsChange(metadata: change)))
            )
            guard run.events.count == 1 else {
                #expect(run.reply == .refused(.tooManyChanges(.payment(payment.id))))
                break
            }
            version += 1
        }
        #expect(version < Payment.maximumVersion)
        #expect(version > Payment.maximumVersion - 20)
    }
}
