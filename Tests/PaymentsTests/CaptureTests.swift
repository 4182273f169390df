import Money
import Payments
import Testing

@Suite("Capturing")
struct CaptureTests {
    @Test("A manual payment is held until it is captured in full")
    func full() throws {
        var shell = Shell()
        let held = try shell.hold()
        #expect(held.status == .requiresCapture)
        #expect(held.capturableMinorUnits == 5_000)
        let deadline = try #require(held.latestAttempt?.authorization?.captureBefore)
        #expect(deadline == shell.now.adding(seconds: 604_800))
        let run = try shell.run(shell.captureCommand(held), .acknowledged)
        #expect(run.types == ["capture_requested", "payment_captured"])
        let paid = try #require(shell.payment)
        #expect(paid.capturedMinorUnits == 5_000)
        #expect(paid.capturableMinorUnits == 0)
        #expect(paid.refunds.isEmpty)
        #expect(run.effects.first?.message.reference == held.latestAttempt?.start.reference)
        #expect(run.effects.first?.message.command == run.submitted.reference)
    }

    @Test("A partial capture lets the rest go, shown as a refund that moved no money")
    func partial() throws {
        var shell = Shell()
        let held = try shell.hold()
        _ = try shell.run(shell.captureCommand(held, 4_000), .acknowledged)
        let paid = try #require(shell.payment)
        let charge = try #require(paid.capturedAttempt)
        #expect(paid.state == .captured)
        #expect(paid.capturedMinorUnits == 4_000)
        #expect(charge.capture?.fee.minorUnits == 120)
        #expect(paid.shownAsRefundedMinorUnits(of: charge.id) == 1_000)
        #expect(paid.refundedMinorUnits == 0)
        #expect(paid.refunds.map(\.purpose) == [.releaseUncaptured])
        _ = try shell.run(shell.refundCommand(paid), .acknowledged)
        let refunded = try #require(shell.payment)
        #expect(refunded.state == .refunded)
        #expect(refunded.refundedMinorUnits == 4_000)
        #expect(refunded.shownAsRefundedMinorUnits(of: charge.id) == 5_000)
    }

    @Test("More than is held, nothing, or a second capture is refused")
    func refused() throws {
        var shell = Shell()
        let held = try shell.hold()
        let much = try shell.run(shell.captureCommand(held, 5_001))
        #expect(
            much.reply
                == .refused(
                    .captureExceedsAuthorization(
                        requested: Money(minorUnits: 5_001, currency: .inr),
                        capturable: Money(minorUnits: 5_000, currency: .inr)
                    )
                )
        )
        let nothing = try shell.run(shell.captureCommand(held, 0))
        #expect(
            nothing.reply
                == .refused(.amountTooSmall(least: Money(minorUnits: 1, currency: .inr)))
        )
        #expect(shell.payment == held)
        _ = try shell.run(shell.captureCommand(held), .acknowledged)
        let twice = try shell.run(shell.captureCommand(held))
        #expect(twice.reply == .refused(.alreadyCaptured(held.id)))
    }

    @Test("A payment that is not authorized cannot be captured")
    func tooEarly() throws {
        var shell = Shell()
        _ = try shell.run(try shell.creation(confirms: false))
        let payment = try #require(shell.payment)
        let run = try shell.run(shell.captureCommand(payment))
        #expect(
            run.reply
                == .refused(
                    .unexpectedStatus(
                        .capture,
                        payment.id,
                        status: .requiresPaymentMethod,
                        allowed: [.requiresCapture]
                    )
                )
        )
    }

    @Test("A capture after the deadline is refused")
    func late() throws {
        var shell = Shell()
        let held = try shell.hold()
        let attempt = try #require(held.latestAttempt)
        let deadline = try #require(attempt.authorization?.captureBefore)
        shell.now = deadline
        let run = try shell.run(shell.captureCommand(held))
        #expect(
            run.reply == .refused(.authorizationExpired(attempt.id, captureBefore: deadline))
        )
    }

    @Test("An unanswered advice keeps the payment pending and is repeated until it is answered")
    func unanswered() throws {
        var shell = Shell()
        let held = try shell.hold()
        var run = try shell.run(shell.captureCommand(held), .unknown)
        #expect(run.types == ["capture_requested"])
        #expect(run.reply == nil)
        #expect(shell.payment?.state == .capturePending)
        #expect(shell.payment?.status == .processing)
        let message = try #require(run.effects.first?.message)
        for _ in 0..<5 {
            run = try shell.resume(run, .unknown)
            #expect(run.events.isEmpty)
            #expect(run.effects == [.capture(message, repeated: true)])
            #expect(run.waiting == .capture(message, repeated: true))
        }
        run = try shell.resume(run, .acknowledged)
        #expect(run.types == ["payment_captured"])
        #expect(run.reply == .payment(held.id))
        #expect(shell.payment?.state == .captured)
    }

    @Test("An automatic capture's unanswered advice is stored with the authorization")
    func automaticUnanswered() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(), Sample.approval, .unknown)
        #expect(run.types == ["payment_created", "payment_authorized", "capture_requested"])
        #expect(shell.payment?.status == .processing)
        let resumed = try shell.resume(run, .acknowledged)
        #expect(resumed.types == ["payment_captured"])
        #expect(shell.payment?.state == .captured)
    }

    @Test("A refused capture is reversed before the payment fails")
    func refusedByNetwork() throws {
        var shell = Shell()
        let run = try shell.run(
            try shell.creation(),
            Sample.approval,
            .refused(responseCode: "54"),
            .unknown
        )
        #expect(shell.payment?.state == .capturePending)
        guard case .reverse(let message, .system, repeated: true) = run.waiting else {
            Issue.record("a reversal must follow")
            return
        }
        #expect(message.reference == run.submitted.reference)
        let resumed = try shell.resume(run, .refused(responseCode: "54"), .acknowledged)
        #expect(resumed.types == ["payment_failed"])
        let failed = try #require(shell.payment)
        #expect(failed.state == .failed)
        #expect(failed.latestAttempt?.failure?.kind == .captureRefused)
        #expect(failed.capturedMinorUnits == 0)
    }
}
