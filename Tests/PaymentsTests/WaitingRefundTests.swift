import Money
import Payments
import Testing

@Suite("Refunds that wait for money")
struct WaitingRefundTests {
    /// A settled payment of a merchant whose balance is this.
    private func settled(
        _ shell: inout Shell,
        balance: Int64
    ) throws -> Payment {
        let paid = try shell.pay()
        shell.isSettled = true
        shell.balanceMinorUnits = balance
        return paid
    }

    @Test("A refund after settlement waits while the balance is negative, and no money moves")
    func waits() throws {
        var shell = Shell()
        let paid = try settled(&shell, balance: -1)
        let run = try shell.run(shell.refundCommand(paid, 40_000))
        #expect(run.types == ["refund_deferred"])
        #expect(run.isWaiting)
        #expect(run.effects.isEmpty)
        #expect(run.events.allSatisfy { !$0.event.isOfMoney })
        let refund = try #require(shell.payment?.refunds.first)
        #expect(run.reply == .refund(refund.id, paid.id))
        #expect(refund.isWaiting && refund.status == .pending && !refund.movedMoney)
        #expect(shell.payment?.state == .refundPending)
        #expect(shell.payment?.refundableMinorUnits == 60_000)
    }

    @Test("Nothing waits before settlement, or while the balance is not negative")
    func goesAtOnce() throws {
        var shell = Shell()
        let early = try shell.pay()
        shell.balanceMinorUnits = -1
        let before = try shell.run(shell.refundCommand(early, 10), .acknowledged)
        #expect(before.types == ["refund_requested", "refund_issued"])
        shell.isSettled = true
        shell.balanceMinorUnits = 0
        let after = try shell.run(shell.refundCommand(early, 10), .acknowledged)
        #expect(after.types == ["refund_requested", "refund_issued"])
    }

    @Test("It stays while no money comes, and goes on with its own command when some has")
    func goesOn() throws {
        var shell = Shell(refundFeePolicy: .returned)
        let paid = try settled(&shell, balance: -1)
        let run = try shell.run(shell.refundCommand(paid, 50_000))
        let still = try shell.resume(run)
        #expect(still.types.isEmpty && still.isWaiting)
        shell.balanceMinorUnits = 0
        // Stored first: from here on it goes to the network, whatever becomes of the balance.
        let funded = try shell.resume(run, .acknowledged)
        #expect(funded.types == ["refund_requested"])
        shell.balanceMinorUnits = -1
        let resumed = try shell.resume(run, .acknowledged)
        #expect(resumed.types == ["refund_issued"])
        let refund = try #require(shell.payment?.refunds.first)
        #expect(refund.status == .succeeded && refund.movedMoney)
        #expect(refund.feeReturned.minorUnits == 1_500)
        #expect(refund.deferredVersion != nil)
        #expect(shell.payment?.refunds.count == 1)
        let again = try shell.resume(run)
        #expect(again.types.isEmpty)
        #expect(again.reply == .refund(refund.id, paid.id))
    }

    @Test("It fails when its time is over, and the money can be given back again")
    func expires() throws {
        var shell = Shell()
        let paid = try settled(&shell, balance: -1)
        let run = try shell.run(shell.refundCommand(paid))
        shell.now = shell.now.adding(seconds: Refund.waitingSeconds)
        let end = try shell.resume(run)
        #expect(end.types == ["refund_expired"])
        #expect(shell.payment?.refunds.first?.status == .failed)
        #expect(shell.payment?.refunds.first?.failureReason == .insufficientFunds)
        #expect(shell.payment?.refundableMinorUnits == 100_000)
        #expect(shell.payment?.state == .captured)
    }

    @Test("It can be canceled while it waits, and not once the network has it")
    func cancels() throws {
        var shell = Shell()
        let paid = try settled(&shell, balance: -1)
        let run = try shell.run(shell.refundCommand(paid))
        let refund = try #require(shell.payment?.refunds.first)
        let cancel = Command.cancelRefund(EndRefund(refundID: refund.id, paymentID: paid.id))
        #expect(try shell.run(cancel).types == ["refund_canceled"])
        #expect(shell.payment?.refunds.first?.status == .canceled)
        #expect(shell.payment?.refundableMinorUnits == 100_000)
        #expect(
            try shell.run(cancel).reply == .refused(.refundNotWaiting(refund.id, status: .canceled))
        )
        // Its own command finds it ended.
        shell.balanceMinorUnits = 0
        #expect(try shell.resume(run).types.isEmpty)

        _ = try shell.run(shell.refundCommand(paid), .inProgress)
        let told = try #require(shell.payment?.refunds.last)
        let late = Command.cancelRefund(EndRefund(refundID: told.id, paymentID: paid.id))
        #expect(
            try shell.run(late).reply == .refused(.refundNotWaiting(told.id, status: .pending))
        )
    }
}

extension DomainEvent {
    fileprivate var isOfMoney: Bool {
        if case .payment(let event) = self { event.movesMoney } else { false }
    }
}
