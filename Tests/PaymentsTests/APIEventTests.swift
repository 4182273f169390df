import Money
import Payments
import Testing

@Suite("API events")
struct APIEventTests {
    /// The API event types of every stored payment event, in order, with their index letters.
    private func story(_ shell: Shell) throws -> [String] {
        var payment: Payment?
        var lines: [String] = []
        for recorded in shell.stored {
            guard case .payment(let event) = recorded.event else { continue }
            let after = try Payment.evolve(
                payment,
                by: event,
                version: recorded.version,
                at: recorded.recordedAt
            )
            for told in apiEvents(for: event, after: after) {
                #expect(told.id.version == recorded.version)
                #expect(APIEventID(rawValue: told.id.rawValue) == told.id)
                lines.append(
                    "\(recorded.version)\(told.id.rawValue.suffix(1)) \(told.type.rawValue)"
                )
            }
            payment = after
        }
        return lines
    }

    @Test("An automatic payment tells its story in this order for ever")
    func automatic() throws {
        var shell = Shell()
        _ = try shell.pay()
        #expect(
            try story(shell) == [
                "1a payment_intent.created", "1b payment.created", "2a charge.succeeded",
                "2b payment.authorized", "4a charge.captured", "4b payment_intent.succeeded",
            ]
        )
    }

    @Test("Stripe's asynchronous capture tells that the charge was updated")
    func asynchronous() throws {
        var shell = Shell()
        _ = try shell.run(
            try shell.creation(captureMethod: .automaticAsync),
            Sample.approval,
            .acknowledged
        )
        #expect(try story(shell).last == "4c charge.updated")
    }

    @Test("A manual payment tells what can be captured, and its refund tells both families")
    func manual() throws {
        var shell = Shell()
        let held = try shell.hold()
        _ = try shell.run(shell.captureCommand(held, 4_000), .acknowledged)
        _ = try shell.run(shell.refundCommand(held, 10), .acknowledged)
        _ = try shell.run(shell.refundCommand(held, 10), .refused(responseCode: "05"))
        #expect(
            try story(shell) == [
                "1a payment_intent.created", "1b payment.created", "2a charge.succeeded",
                "2b payment.authorized", "2c payment_intent.amount_capturable_updated",
                "4a charge.captured", "4b payment_intent.succeeded",
                "5a refund.created", "5b charge.refunded", "6a refund.updated", "6b refund.issued",
                "7a refund.created", "7b charge.refunded",
                "8a refund.failed", "8b refund.updated", "8c charge.updated",
            ]
        )
    }

    @Test("Failures and ends are told")
    func ends() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(), .unknown, .acknowledged)
        #expect(run.types.count == 3)
        _ = try shell.run(shell.cancelCommand(try #require(shell.payment)))
        #expect(
            try story(shell).dropFirst(2) == [
                "2a payment_intent.processing", "3a charge.failed",
                "3b payment_intent.payment_failed", "4a payment_intent.canceled",
            ]
        )
        shell = Shell()
        let held = try shell.hold()
        _ = try shell.run(shell.cancelCommand(held), .acknowledged)
        #expect(
            try story(shell).suffix(2) == ["4a payment_intent.canceled", "4b charge.refunded"]
        )
        shell = Shell()
        let late = try shell.hold()
        shell.now = shell.now.adding(seconds: 8 * 86_400)
        _ = try shell.run(
            .expirePayment(ExpirePayment(paymentID: late.id, remainderRefundID: shell.makeID())),
            .acknowledged
        )
        #expect(try story(shell).suffix(2) == ["4a payment_intent.canceled", "4b charge.expired"])
    }

    @Test("charge.captured is told once for a capture, though both families know it")
    func capturedOnce() throws {
        var shell = Shell()
        _ = try shell.pay()
        #expect(try story(shell).count { $0.hasSuffix("charge.captured") } == 1)
        #expect(APIEventType.allCases.count { $0.rawValue == "charge.captured" } == 1)
    }
}
