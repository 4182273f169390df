import JSON
import Money
import Payments
import Testing

@Suite("Creating and confirming")
struct ConfirmationTests {
    @Test("A payment created and confirmed in one call is four events, authorized and captured")
    func createAndConfirm() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(), Sample.approval, .acknowledged)
        let payment = try #require(shell.payment)
        #expect(
            run.types == [
                "payment_created", "payment_authorized", "capture_requested", "payment_captured",
            ]
        )
        #expect(run.events.map(\.version) == [1, 2, 3, 4])
        #expect(run.replies == [.payment(payment.id)])
        #expect(run.waiting == nil)
        #expect(payment.status == .succeeded)
        #expect(
            payment.lifecycle.map(\.state) == [.created, .authorized, .capturePending, .captured]
        )
        #expect(payment.lifecycle.map(\.eventVersion) == [1, 2, 3, 4])
        #expect(payment.lifecycle.map(\.eventType) == run.types)
        #expect(payment.capturedMinorUnits == 100_000)
        let capture = try #require(payment.capturedAttempt?.capture)
        #expect(capture.fee.minorUnits == 3_000)
        #expect(capture.eventVersion == 4)
        #expect(payment.latestAttempt?.authorization?.captureBefore == nil)
    }

    @Test("Authorization and capture advice carry one reference, the command's own")
    func messages() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(), Sample.approval, .acknowledged)
        #expect(run.effects.count == 2)
        guard case .authorize(let first, let start) = run.effects[0],
            case .capture(let second, repeated: false) = run.effects[1]
        else {
            Issue.record("an authorization and a capture advice were expected")
            return
        }
        #expect(first.reference == run.submitted.reference)
        #expect(second.reference == first.reference)
        #expect(first.sentAt == run.submitted.receivedAt)
        #expect(second.original?.reference == first.reference)
        #expect(second.authorizationCode == "A1B2C3")
        #expect(first.original == nil)
        #expect(first.networkToken == "vault-token-1")
        #expect(start.amount == first.amount)
    }

    @Test("A payment created without confirmation waits, and is confirmed by another command")
    func createThenConfirm() throws {
        var shell = Shell()
        let created = try shell.run(try shell.creation(confirms: false))
        let payment = try #require(shell.payment)
        #expect(created.types == ["payment_created"])
        #expect(payment.status == .requiresPaymentMethod)
        let refused = try shell.run(shell.confirmCommand(payment))
        #expect(refused.reply == .refused(.missingPaymentMethod(payment.id)))
        let method = try shell.addMethod()
        let attached = try shell.run(
            .updatePayment(
                UpdatePayment(
                    paymentID: payment.id,
                    changes: PaymentChanges(),
                    paymentMethod: .existing(method)
                )
            )
        )
        #expect(attached.types == ["payment_updated"])
        #expect(shell.payment?.status == .requiresConfirmation)
        let confirmed = try shell.run(shell.confirmCommand(payment), Sample.approval, .acknowledged)
        #expect(confirmed.types == ["payment_authorized", "capture_requested", "payment_captured"])
        #expect(shell.payment?.status == .succeeded)
    }

    @Test("A card that comes with the request is stored first, and a token only once")
    func inlineCard() throws {
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
        let run = try shell.run(
            try shell.creation(paymentMethod: source),
            Sample.approval,
            .acknowledged
        )
        #expect(
            run.types.prefix(3) == ["card_token_used", "payment_method_created", "payment_created"]
        )
        #expect(shell.tokens[tokenID]?.isUsed == true)
        #expect(shell.methods[source.id]?.card == Sample.card())
        shell.payment = nil
        let again = PaymentMethodSource.new(
            NewPaymentMethod(id: shell.makeID(), card: .token(tokenID), billingDetails: [:])
        )
        let second = try shell.run(try shell.creation(paymentMethod: again))
        #expect(second.reply == .refused(.tokenAlreadyUsed(tokenID)))
        #expect(second.events.isEmpty && second.effects.isEmpty)
    }

    @Test("A decline fails the payment, which then takes another card")
    func declineAndRetry() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(), .declined(responseCode: "51"))
        let failed = try #require(shell.payment)
        #expect(run.types == ["payment_created", "payment_failed"])
        #expect(failed.state == .failed)
        #expect(failed.status == .requiresPaymentMethod)
        #expect(failed.paymentMethod == nil)
        let failure = try #require(failed.lastFailedAttempt?.failure)
        #expect(failure.kind == .declined)
        #expect(failure.error.code == "card_declined")
        #expect(failure.error.declineCode == "insufficient_funds")
        #expect(failure.error.networkDeclineCode == "51")
        let chargeID = try #require(failed.latestAttempt?.id)
        #expect(run.reply == .refused(.cardFailed(failed.id, chargeID, failure.error)))
        let method = try shell.addMethod()
        let again = try shell.run(
            shell.confirmCommand(failed, with: .existing(method)),
            .declined(responseCode: "05")
        )
        #expect(again.types == ["payment_failed"])
        #expect(shell.payment?.lifecycle.map(\.state) == [.created, .failed])
        let third = try shell.run(
            shell.confirmCommand(failed, with: .existing(method)),
            Sample.approval,
            .acknowledged
        )
        #expect(third.types == ["payment_authorized", "capture_requested", "payment_captured"])
        let paid = try #require(shell.payment)
        #expect(paid.status == .succeeded)
        #expect(paid.attempts.count == 3)
        #expect(paid.lastFailedAttempt == nil)
        #expect(
            paid.lifecycle.map(\.state)
                == [.created, .failed, .authorized, .capturePending, .captured]
        )
    }

    @Test("A card of the highest risk is refused before the network sees it")
    func blocked() throws {
        var shell = Shell()
        let method = try shell.addMethod(risk: .highest)
        let run = try shell.run(try shell.creation(paymentMethod: .existing(method)))
        #expect(run.effects.isEmpty)
        #expect(run.types == ["payment_created", "payment_failed"])
        let failure = try #require(shell.payment?.lastFailedAttempt?.failure)
        #expect(failure.kind == .blocked)
        #expect(failure.error.networkDeclineCode == nil)
    }

    @Test("A network that cannot be reached fails the payment without a reversal")
    func notSent() throws {
        var shell = Shell()
        let run = try shell.run(try shell.creation(), .notSent)
        #expect(run.types == ["payment_created", "payment_failed"])
        #expect(run.effects.count == 1)
        #expect(shell.payment?.lastFailedAttempt?.failure?.kind == .notSent)
        #expect(shell.payment?.lastFailedAttempt?.failure?.error.code == "processing_error")
    }

    @Test("A paid payment cannot be confirmed again")
    func confirmTwice() throws {
        var shell = Shell()
        let payment = try shell.pay()
        let run = try shell.run(shell.confirmCommand(payment))
        #expect(
            run.reply
                == .refused(
                    .unexpectedStatus(
                        .confirm,
                        payment.id,
                        status: .succeeded,
                        allowed: [.requiresPaymentMethod, .requiresConfirmation]
                    )
                )
        )
        #expect(shell.payment == payment)
    }

    @Test("Amounts below the least, above the most, or off the step are refused")
    func amounts() throws {
        var shell = Shell()
        let small = try shell.run(try shell.creation(amount: 49, currency: .usd, confirms: false))
        #expect(
            small.reply
                == .refused(.amountTooSmall(least: Money(minorUnits: 50, currency: .usd)))
        )
        let large = try shell.run(try shell.creation(amount: 100_000_000, confirms: false))
        #expect(
            large.reply
                == .refused(.amountTooLarge(most: Money(minorUnits: 99_999_999, currency: .inr)))
        )
        let odd = try shell.run(try shell.creation(amount: 1_001, currency: .kwd, confirms: false))
        #expect(
            odd.reply == .refused(.amountNotMultiple(of: Money(minorUnits: 10, currency: .kwd)))
        )
        #expect(shell.payment == nil)
    }

    @Test("Another merchant's payment answers like one that never was")
    func isolation() throws {
        var shell = Shell()
        let payment = try shell.pay()
        var other = Shell(seed: 99)
        other.payment = payment
        for command in [
            other.captureCommand(payment), other.cancelCommand(payment),
            other.refundCommand(payment), other.confirmCommand(payment),
        ] {
            let run = try other.run(command)
            #expect(run.reply == .refused(.paymentNotFound(payment.id)))
        }
    }
}
