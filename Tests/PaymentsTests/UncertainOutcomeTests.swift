import JSON
import Money
import Payments
import Testing

@Suite("Uncertain outcomes")
struct UncertainOutcomeTests {
    @Test("An unanswered authorization is reversed, and only then the payment fails")
    func unknownAuthorization() throws {
        var shell = Shell()
        var run = try shell.run(try shell.creation(), .unknown, .unknown)
        #expect(run.types == ["payment_created", "authorization_unknown"])
        #expect(run.reply == nil)
        #expect(shell.payment?.status == .processing)
        #expect(shell.payment?.state == .created)
        guard case .reverse(let message, .system, repeated: false) = run.effects.last else {
            Issue.record("a reversal must follow at once")
            return
        }
        #expect(message.reference == run.submitted.reference)
        run = try shell.resume(run, .unknown)
        #expect(run.effects == [.reverse(message, .system, repeated: true)])
        #expect(shell.payment?.state == .created)
        run = try shell.resume(run, .acknowledged)
        #expect(run.types == ["payment_failed"])
        let payment = try #require(shell.payment)
        #expect(payment.state == .failed)
        #expect(payment.status == .requiresPaymentMethod)
        #expect(payment.latestAttempt?.failure?.kind == .reversed)
        guard case .refused(.cardFailed(payment.id, _, let error)) = run.reply else {
            Issue.record("the merchant is told a processing error")
            return
        }
        #expect(error.code == "processing_error")
    }

    @Test("A late approval changes nothing, while its reversal runs and after it")
    func lateApproval() throws {
        var shell = Shell()
        var run = try shell.run(try shell.creation(), .unknown, .unknown)
        let effect = try #require(run.effects.first)
        var late = run.submitted.decide(
            after: effect,
            outcome: Sample.approval,
            given: shell.aggregates(for: run.submitted.command),
            at: shell.now
        )
        #expect(late.events.isEmpty)
        guard case .send(.reverse(_, .system, repeated: true)) = late.next else {
            Issue.record("the reversal goes on")
            return
        }
        run = try shell.resume(run, .acknowledged)
        late = run.submitted.decide(
            after: effect,
            outcome: Sample.approval,
            given: shell.aggregates(for: run.submitted.command),
            at: shell.now
        )
        #expect(late.events.isEmpty)
        #expect(late.next == .complete)
        #expect(late.reply == run.reply)
    }

    @Test("A second approval of a captured payment changes nothing")
    func duplicateApproval() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(), Sample.approval, .acknowledged)
        for effect in run.effects {
            let again = run.submitted.decide(
                after: effect,
                outcome: Sample.approval,
                given: shell.aggregates(for: run.submitted.command),
                at: shell.now
            )
            #expect(again.events.isEmpty)
            #expect(again.next == .complete)
        }
    }

    @Test("A taken-over authorization without a recorded outcome is reversed before it fails")
    func takenOver() throws {
        var shell = Shell()
        let dead = try shell.run(try shell.creation())
        #expect(dead.effects.count == 1)
        #expect(shell.payment == nil)
        let run = try shell.resume(dead, .acknowledged)
        #expect(run.types == ["payment_created", "authorization_unknown", "payment_failed"])
        guard case .reverse(let reversal, .system, repeated: false) = run.effects.first else {
            Issue.record("the reversal comes first")
            return
        }
        #expect(reversal.reference == dead.effects.first?.message.reference)
        #expect(reversal.sentAt == dead.effects.first?.message.sentAt)
        #expect(reversal.traceNumber == dead.effects.first?.message.traceNumber)
        #expect(reversal.amount == dead.effects.first?.message.amount)
        #expect(shell.payment?.state == .failed)
        #expect(shell.payment?.lastFailedAttempt?.failure?.error.code == "processing_error")
    }

    @Test("A worker that dies between approval and storing leaves an authorization to reverse")
    func diedAfterApproval() throws {
        var shell = Shell()
        let dead = try shell.run(try shell.creation(), Sample.approval)
        #expect(dead.effects.count == 2)
        #expect(shell.payment == nil)
        let run = try shell.resume(dead, .unknown)
        #expect(run.types == ["payment_created", "authorization_unknown"])
        let later = try shell.resume(run, .acknowledged)
        #expect(later.types == ["payment_failed"])
    }

    @Test("A taken-over command that is refused by now still reverses what it may have sent")
    func takenOverAndRefused() throws {
        var shell = Shell()
        let tokenID = shell.makeID(CardTokenID.self)
        _ = try shell.run(
            .createCardToken(
                CreateCardToken(tokenID: tokenID, card: Sample.card(), billingDetails: [:])
            )
        )
        let source = PaymentMethodSource.new(
            NewPaymentMethod(id: shell.makeID(), card: .token(tokenID), billingDetails: [:])
        )
        let dead = try shell.run(try shell.creation(paymentMethod: source))
        _ = try shell.run(
            .createPaymentMethod(
                CreatePaymentMethod(
                    method: NewPaymentMethod(
                        id: shell.makeID(),
                        card: .token(tokenID),
                        billingDetails: [:]
                    )
                )
            )
        )
        let unanswered = try shell.resume(dead, .unknown)
        #expect(unanswered.events.isEmpty && unanswered.reply == nil)
        let run = try shell.resume(dead, .acknowledged)
        #expect(run.effects.first?.message.reference == dead.submitted.reference)
        #expect(run.events.isEmpty)
        #expect(run.reply == .refused(.tokenAlreadyUsed(tokenID)))
    }

    @Test(
        "A taken-over capture, void or refund is sent again as a repeat, under the same reference"
    )
    func takenOverAdvice() throws {
        var shell = Shell()
        let held = try shell.hold()
        let capture = try shell.run(shell.captureCommand(held))
        let again = try shell.resume(capture, .acknowledged)
        #expect(
            again.effects == [
                .capture(try #require(capture.effects.first?.message), repeated: true)
            ]
        )
        #expect(again.types == ["capture_requested", "payment_captured"])
        let refund = try shell.run(shell.refundCommand(held, 10))
        guard case .refund(let message, let id, repeated: false) = refund.effects.first else {
            Issue.record("a refund advice was expected")
            return
        }
        let second = try shell.resume(refund, .acknowledged)
        #expect(second.effects == [.refund(message, id, repeated: true)])

        shell = Shell()
        let other = try shell.hold()
        let void = try shell.run(shell.cancelCommand(other))
        let repeated = try shell.resume(void, .acknowledged)
        #expect(
            repeated.effects == [
                .reverse(try #require(void.effects.first?.message), .void, repeated: true)
            ]
        )
        #expect(shell.payment?.state == .canceled)
    }

    @Test("A capture taken over after its deadline is still the capture that was asked for in time")
    func takenOverAfterDeadline() throws {
        var shell = Shell()
        let held = try shell.hold()
        let capture = try shell.run(shell.captureCommand(held))
        shell.now = shell.now.adding(seconds: 8 * 86_400)
        let again = try shell.resume(capture, .acknowledged)
        #expect(again.types == ["capture_requested", "payment_captured"])
    }

    @Test("A finished command that is taken up again answers as before and sends nothing")
    func finished() throws {
        var shell = Shell()
        let paid = try shell.run(try shell.creation(), Sample.approval, .acknowledged)
        let again = try shell.resume(paid)
        #expect(again.effects.isEmpty && again.events.isEmpty)
        #expect(again.replies == paid.replies)
        let payment = try #require(shell.payment)
        let refund = try shell.run(shell.refundCommand(payment), .acknowledged)
        let repeated = try shell.resume(refund)
        #expect(repeated.effects.isEmpty && repeated.events.isEmpty)
        #expect(repeated.replies == refund.replies)
    }
}
