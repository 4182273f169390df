import Money
import Payments
import Testing

@Suite("Canceling and expiring")
struct CancelTests {
    @Test("A payment that was never confirmed is canceled without the network")
    func created() throws {
        var shell = Shell()
        _ = try shell.run(try shell.creation(confirms: false))
        let payment = try #require(shell.payment)
        let run = try shell.run(shell.cancelCommand(payment))
        #expect(run.types == ["payment_canceled"])
        #expect(run.effects.isEmpty)
        #expect(shell.payment?.state == .canceled)
        #expect(shell.payment?.status == .canceled)
        #expect(shell.payment?.cancellation?.reason == .abandoned)
        #expect(shell.payment?.refunds.isEmpty == true)
    }

    @Test("A declined payment can be canceled")
    func failed() throws {
        var shell = Shell()
        _ = try shell.run(try shell.creation(), .declined(responseCode: "05"))
        let payment = try #require(shell.payment)
        _ = try shell.run(shell.cancelCommand(payment))
        #expect(shell.payment?.lifecycle.map(\.state) == [.created, .failed, .canceled])
    }

    @Test("A held authorization is voided at the network first")
    func authorized() throws {
        var shell = Shell()
        let held = try shell.hold(amount: 700)
        let run = try shell.run(shell.cancelCommand(held), .acknowledged)
        #expect(run.types == ["void_requested", "payment_canceled"])
        guard case .reverse(let message, .void, repeated: false) = run.effects.first else {
            Issue.record("a void was expected")
            return
        }
        #expect(message.reference == held.latestAttempt?.start.reference)
        let canceled = try #require(shell.payment)
        let charge = try #require(canceled.latestAttempt)
        #expect(canceled.status == .canceled)
        #expect(canceled.shownAsRefundedMinorUnits(of: charge.id) == 700)
        #expect(canceled.refundedMinorUnits == 0)
        #expect(charge.authorizedMinorUnits == 700)
    }

    @Test("An unanswered void is repeated until it is acknowledged; meanwhile nothing else may run")
    func unanswered() throws {
        var shell = Shell()
        let held = try shell.hold()
        var run = try shell.run(shell.cancelCommand(held), .unknown)
        #expect(shell.payment?.state == .authorized)
        #expect(shell.payment?.status == .processing)
        #expect(shell.payment?.capturableMinorUnits == 0)
        for command in [
            shell.captureCommand(held), shell.cancelCommand(held), shell.confirmCommand(held),
            shell.refundCommand(held),
        ] {
            let refused = try shell.run(command)
            guard
                case .refused(.unexpectedStatus(_, _, status: .processing, allowed: _)) = refused
                    .reply
            else {
                Issue.record("\(command.kind) must be refused while a void is in flight")
                continue
            }
        }
        run = try shell.resume(run, .refused(responseCode: "96"))
        guard case .reverse(_, .void, repeated: true) = run.waiting else {
            Issue.record("a void is repeated until acknowledged")
            return
        }
        run = try shell.resume(run, .acknowledged)
        #expect(run.types == ["payment_canceled"])
        #expect(run.reply == .payment(held.id))
        #expect(shell.payment?.state == .canceled)
    }

    @Test("A captured payment cannot be canceled")
    func captured() throws {
        var shell = Shell()
        let payment = try shell.pay()
        let run = try shell.run(shell.cancelCommand(payment))
        #expect(
            run.reply
                == .refused(
                    .unexpectedStatus(
                        .cancel,
                        payment.id,
                        status: .succeeded,
                        allowed: [.requiresPaymentMethod, .requiresCapture, .requiresConfirmation]
                    )
                )
        )
    }

    @Test("A full refund of an uncaptured charge is its cancellation; a part is refused")
    func refundOfUncaptured() throws {
        var shell = Shell()
        let held = try shell.hold()
        let chargeID = try #require(held.latestAttempt?.id)
        let part = try shell.run(shell.refundCommand(held, 100))
        #expect(part.reply == .refused(.partialRefundOfUncaptured(chargeID)))
        let run = try shell.run(shell.refundCommand(held, 5_000), .acknowledged)
        #expect(run.types == ["void_requested", "payment_canceled"])
        let refund = try #require(shell.payment?.refunds.first)
        #expect(run.reply == .refund(refund.id, held.id))
        #expect(refund.purpose == .releaseUncaptured)
        #expect(refund.reason == .requestedByCustomer)
        #expect(shell.payment?.state == .canceled)
        let again = try shell.run(shell.refundCommand(held))
        #expect(again.reply == .refused(.alreadyRefunded(chargeID)))
    }

    @Test("An authorization that nobody captured expires after its deadline and not before")
    func expires() throws {
        var shell = Shell()
        let held = try shell.hold()
        let attempt = try #require(held.latestAttempt)
        let deadline = try #require(attempt.authorization?.captureBefore)
        let command = Command.expirePayment(
            ExpirePayment(paymentID: held.id, remainderRefundID: shell.makeID())
        )
        shell.now = deadline.adding(seconds: -1)
        let early = try shell.run(command)
        #expect(
            early.reply == .refused(.authorizationNotExpired(attempt.id, captureBefore: deadline))
        )
        shell.now = deadline
        let run = try shell.run(command, .acknowledged)
        #expect(run.types == ["void_requested", "payment_expired"])
        #expect(shell.payment?.state == .expired)
        #expect(shell.payment?.status == .canceled)
        #expect(shell.payment?.cancellation?.reason == .automatic)
        #expect(shell.payment?.refunds.first?.reason == .expiredUncapturedCharge)
    }
}
