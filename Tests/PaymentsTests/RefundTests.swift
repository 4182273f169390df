import Money
import Payments
import Testing

@Suite("Refunding")
struct RefundTests {
    @Test("Partial refunds add up to the captured amount and no further")
    func partials() throws {
        var shell = Shell()
        let paid = try shell.pay()
        let chargeID = try #require(paid.latestAttempt?.id)
        let first = try shell.run(shell.refundCommand(paid, 40_000), .acknowledged)
        #expect(first.types == ["refund_requested", "refund_issued"])
        #expect(shell.payment?.state == .partiallyRefunded)
        let much = try shell.run(shell.refundCommand(paid, 60_001))
        #expect(
            much.reply
                == .refused(
                    .refundExceedsRemaining(
                        chargeID,
                        requested: Money(minorUnits: 60_001, currency: .inr),
                        remaining: Money(minorUnits: 60_000, currency: .inr)
                    )
                )
        )
        _ = try shell.run(shell.refundCommand(paid, charge: chargeID), .acknowledged)
        let refunded = try #require(shell.payment)
        #expect(refunded.state == .refunded)
        #expect(refunded.status == .succeeded)
        #expect(refunded.refundedMinorUnits == 100_000)
        let third = try shell.run(shell.refundCommand(paid, 1))
        #expect(third.reply == .refused(.alreadyRefunded(chargeID)))
        #expect(
            refunded.lifecycle.map(\.state).suffix(4)
                == [.refundPending, .partiallyRefunded, .refundPending, .refunded]
        )
    }

    @Test("A refund is a family of its own at the network and names the authorization")
    func message() throws {
        var shell = Shell()
        let paid = try shell.pay()
        let run = try shell.run(shell.refundCommand(paid, 100), .acknowledged)
        let message = try #require(run.effects.first?.message)
        #expect(message.reference == run.submitted.reference)
        #expect(message.original?.reference == paid.latestAttempt?.start.reference)
        #expect(message.amount.minorUnits == 100)
        #expect(message.authorizedAmount.minorUnits == 100_000)
    }

    @Test("A refund in progress answers pending and goes on until it is final")
    func pending() throws {
        var shell = Shell()
        let paid = try shell.pay()
        var run = try shell.run(shell.refundCommand(paid, 30_000), .inProgress)
        let refund = try #require(shell.payment?.refunds.first)
        #expect(run.reply == .refund(refund.id, paid.id))
        #expect(refund.status == .pending)
        #expect(shell.payment?.state == .refundPending)
        let other = try shell.run(shell.refundCommand(paid, 20_000), .acknowledged)
        #expect(other.types == ["refund_requested", "refund_issued"])
        #expect(shell.payment?.state == .refundPending)
        let message = try #require(run.effects.first?.message)
        for outcome in [NetworkOutcome.inProgress, .unknown, .notSent] {
            run = try shell.resume(run, outcome)
            #expect(run.events.isEmpty)
            #expect(run.effects == [.refund(message, refund.id, repeated: true)])
        }
        run = try shell.resume(run, .acknowledged)
        #expect(run.types == ["refund_issued"])
        #expect(shell.payment?.state == .partiallyRefunded)
        #expect(shell.payment?.refund(refund.id)?.status == .succeeded)
    }

    @Test("A refused refund gives the money back to the merchant and restores the state")
    func failed() throws {
        var shell = Shell(refundFeePolicy: .returned)
        let paid = try shell.pay()
        let run = try shell.run(shell.refundCommand(paid, 50_000), .refused(responseCode: "43"))
        #expect(run.types == ["refund_requested", "refund_failed"])
        let refund = try #require(shell.payment?.refunds.first)
        #expect(run.reply == .refund(refund.id, paid.id))
        #expect(refund.status == .failed)
        #expect(refund.failureReason == .lostOrStolenCard)
        #expect(shell.payment?.state == .captured)
        #expect(shell.payment?.refundedMinorUnits == 0)
        #expect(shell.payment?.feeReturnedMinorUnits == 0)
        let again = try shell.run(shell.refundCommand(paid), .acknowledged)
        #expect(again.types == ["refund_requested", "refund_issued"])
        #expect(shell.payment?.state == .refunded)
        #expect(shell.payment?.feeReturnedMinorUnits == 3_000)
    }

    @Test("The fee stays where the policy keeps it")
    func feeKept() throws {
        var shell = Shell()
        let paid = try shell.pay()
        _ = try shell.run(shell.refundCommand(paid), .acknowledged)
        #expect(shell.payment?.feeReturnedMinorUnits == 0)
    }

    @Test("A returned fee goes back by cumulative share and ends exactly at the fee")
    func feeReturned() throws {
        var shell = Shell(refundFeePolicy: .returned)
        let paid = try shell.pay(amount: 1_000)
        #expect(paid.capturedAttempt?.capture?.fee.minorUnits == 30)
        var shares: [Int64] = []
        for amount in [17, 16, 17, 950] as [Int64] {
            _ = try shell.run(shell.refundCommand(paid, amount), .acknowledged)
            shares.append(try #require(shell.payment?.refunds.last?.feeReturned.minorUnits))
        }
        // 30 × 17 ÷ 1000 = 0.51, × 33 = 0.99, × 50 = 1.5, × 1000 = 30; half up, less what was given.
        #expect(shares == [1, 0, 1, 28])
    }

    @Test("A payment without captured money has nothing to refund")
    func nothing() throws {
        var shell = Shell()
        _ = try shell.run(try shell.creation(), .declined(responseCode: "05"))
        let payment = try #require(shell.payment)
        let run = try shell.run(shell.refundCommand(payment))
        #expect(run.reply == .refused(.nothingToRefund(payment.id)))
        let stranger = shell.makeID(ChargeID.self)
        let missing = try shell.run(shell.refundCommand(payment, charge: stranger))
        #expect(missing.reply == .refused(.chargeNotFound(stranger)))
    }

    @Test("A capture in flight cannot be refunded yet")
    func capturePending() throws {
        var shell = Shell()
        _ = try shell.run(try shell.creation(), Sample.approval, .unknown)
        let payment = try #require(shell.payment)
        let run = try shell.run(shell.refundCommand(payment))
        #expect(
            run.reply
                == .refused(
                    .unexpectedStatus(
                        .refund,
                        payment.id,
                        status: .processing,
                        allowed: [.requiresCapture, .succeeded]
                    )
                )
        )
    }

    @Test("A refund's metadata changes by an event; another refund does not exist")
    func update() throws {
        var shell = Shell()
        let paid = try shell.pay()
        _ = try shell.run(shell.refundCommand(paid), .acknowledged)
        let refund = try #require(shell.payment?.refunds.first)
        let change = MetadataChange(steps: [.init(key: "k", value: "v")])
        let run = try shell.run(
            .updateRefund(UpdateRefund(refundID: refund.id, paymentID: paid.id, metadata: change))
        )
        #expect(run.types == ["refund_updated"])
        #expect(shell.payment?.refunds.first?.metadata["k"] == "v")
        let stranger = shell.makeID(RefundID.self)
        let missing = try shell.run(
            .updateRefund(UpdateRefund(refundID: stranger, paymentID: paid.id, metadata: change))
        )
        #expect(missing.reply == .refused(.refundNotFound(stranger)))
    }
}
