import JSON
import Money
import Payments
import Testing

@Suite("Disputes")
struct DisputeTests {
    private func tell(
        _ shell: inout Shell,
        _ paid: Payment,
        _ sequence: Int64,
        _ kind: NetworkNoticeKind,
        amount: Int64? = nil,
        inCase number: Int64? = nil
    ) throws -> Shell.Run {
        let notice = try DisputeSample.notice(
            sequence,
            kind,
            of: paid,
            amount: amount,
            inCase: number
        )
        return try shell.run(DisputeSample.record(notice, of: paid, &shell))
    }

    private static let withdrawal = [
        "dispute_opened", "dispute_fee_charged", "dispute_funds_withdrawn", "dispute_charged_back",
    ]

    @Test("A chargeback takes the money and a fee, and the same notice again does nothing")
    func chargeback() throws {
        var shell = Shell()
        let paid = try shell.pay()
        #expect(try tell(&shell, paid, 1, .chargedBack).types == Self.withdrawal)
        let dispute = try #require(shell.payment?.disputes.first)
        #expect(dispute.status == .needsResponse && dispute.holdsMoney)
        #expect(dispute.withdrawal?.fee.minorUnits == 1_500)
        #expect(dispute.dueBy == shell.now.adding(seconds: 20 * 86_400))
        #expect(shell.payment?.state == .disputed)
        #expect(shell.payment?.refundableMinorUnits == 0)
        #expect(try tell(&shell, paid, 1, .chargedBack).types.isEmpty)
        #expect(shell.payment?.disputes.count == 1)
    }

    @Test("An inquiry takes nothing, and closing it is no loss")
    func inquiry() throws {
        var shell = Shell()
        let paid = try shell.pay()
        #expect(try tell(&shell, paid, 1, .inquired).types == ["dispute_opened"])
        #expect(shell.payment?.state == .captured)
        let dispute = try #require(shell.payment?.disputes.first)
        let run = try shell.run(DisputeSample.close(dispute, of: paid), .acknowledged)
        #expect(run.types == ["dispute_closed"])
        #expect(shell.payment?.disputes.first?.status == .warningClosed)
        #expect(try tell(&shell, paid, 2, .inquiryClosed, inCase: 1).types.isEmpty)
    }

    @Test("Evidence is given once, and a win gives back money and fee")
    func won() throws {
        var shell = Shell()
        let paid = try shell.pay()
        _ = try tell(&shell, paid, 1, .chargedBack)
        let dispute = try #require(shell.payment?.disputes.first)
        let submission = DisputeSample.submission(dispute, of: paid, "winning_evidence")
        let run = try shell.run(submission, .acknowledged)
        #expect(run.types == ["dispute_updated", "dispute_evidence_submitted"])
        #expect(run.reply == .dispute(dispute.id, paid.id))
        #expect(try shell.run(submission).reply == .refused(.disputeNotOpen(dispute.id)))
        #expect(
            try tell(&shell, paid, 2, .represented, inCase: 1).types == [
                "dispute_represented", "dispute_fee_returned", "dispute_funds_reinstated",
                "dispute_closed",
            ]
        )
        #expect(shell.payment?.disputes.first?.status == .won)
        #expect(shell.payment?.state == .captured)
        #expect(shell.payment?.refundableMinorUnits == 100_000)
        #expect(try tell(&shell, paid, 2, .represented, inCase: 1).types.isEmpty)
    }

    @Test("A decision waits until the evidence that it is about is stored")
    func outOfOrder() throws {
        var shell = Shell()
        let paid = try shell.pay()
        // The decision before the chargeback.
        let early = try tell(&shell, paid, 2, .represented, inCase: 1)
        #expect(early.types.isEmpty && early.isWaiting)
        _ = try tell(&shell, paid, 1, .chargedBack)
        let dispute = try #require(shell.payment?.disputes.first)
        // The acknowledgement of the evidence is lost, and the decision comes first.
        let lost = try shell.run(
            DisputeSample.submission(dispute, of: paid, "winning_evidence"),
            .unknown
        )
        #expect(lost.types == ["dispute_updated"] && lost.waiting != nil)
        #expect(try shell.resume(early).isWaiting)
        let again = try shell.resume(lost, .acknowledged)
        #expect(again.types == ["dispute_evidence_submitted"])
        guard case .respond(_, let response) = again.effects.first else {
            Issue.record("the evidence is sent again")
            return
        }
        #expect(response.reference == lost.submitted.reference)
        #expect(try shell.resume(early).types.last == "dispute_closed")
        #expect(shell.payment?.disputes.first?.status == .won)
    }

    @Test("A notice about a capture that is not stored yet waits for it")
    func captureUnknown() throws {
        var shell = Shell()
        let create = try shell.run(try shell.creation(), Sample.approval, .unknown)
        let payment = try #require(shell.payment)
        let attempt = try #require(payment.latestAttempt)
        let notice = NetworkNotice(
            sequence: 1,
            kind: .chargedBack,
            reference: DisputeSample.reference(1),
            traceNumber: 1,
            original: attempt.start.reference,
            networkCase: DisputeSample.reference(1),
            acceptor: "",
            amount: payment.amount,
            reason: .general,
            reasonCode: "1",
            responseDays: 1
        )
        let early = try shell.run(DisputeSample.record(notice, of: payment, &shell))
        #expect(early.isWaiting && early.types.isEmpty)
        _ = try shell.resume(create, .acknowledged)
        #expect(try shell.resume(early).types == Self.withdrawal)
    }

    @Test("Nothing is refunded while a customer's bank has the money, unless it may have been sent")
    func refundRefused() throws {
        var shell = Shell()
        let paid = try shell.pay()
        _ = try tell(&shell, paid, 1, .chargedBack, amount: 60_000)
        let charge = try #require(paid.capturedAttempt?.id)
        let refund = shell.refundCommand(paid, 40_000)
        #expect(try shell.run(refund).reply == .refused(.chargeDisputed(charge)))
        // The worker died before the chargeback was known: the network says what came first.
        let submitted = shell.submit(refund)
        let dead = Shell.Run(submitted: submitted)
        let taken = try shell.resume(dead, .acknowledged)
        #expect(taken.types == ["refund_requested", "refund_issued"])
        #expect(shell.payment?.refundableMinorUnits == 0)
    }

    @Test("A chargeback waits for the end of a refund that it would exceed")
    func refundInFlight() throws {
        var shell = Shell()
        let paid = try shell.pay()
        let refund = try shell.run(shell.refundCommand(paid, 40_000), .inProgress)
        let notice = try tell(&shell, paid, 1, .chargedBack)
        #expect(notice.isWaiting && notice.types.isEmpty)
        _ = try shell.resume(refund, .refused(responseCode: "13"))
        #expect(try shell.resume(notice).types == Self.withdrawal)
    }

    @Test("A chargeback ends a refund that only waits for money")
    func refundWaiting() throws {
        var shell = Shell()
        let paid = try shell.pay()
        shell.isSettled = true
        shell.balanceMinorUnits = -1
        _ = try shell.run(shell.refundCommand(paid, 40_000))
        #expect(
            try tell(&shell, paid, 1, .chargedBack).types == ["refund_expired"] + Self.withdrawal
        )
        #expect(shell.payment?.refunds.first?.failureReason == .disputed)
    }

    @Test("Nobody answers in time: the dispute is lost, and late evidence is refused")
    func lapses() throws {
        var shell = Shell()
        let paid = try shell.pay()
        _ = try tell(&shell, paid, 1, .chargedBack)
        let dispute = try #require(shell.payment?.disputes.first)
        let lapse = Command.dispute(
            .lapse(EndDispute(disputeID: dispute.id, paymentID: paid.id))
        )
        #expect(try shell.run(lapse).types.isEmpty)
        shell.now = dispute.dueBy
        let late = DisputeSample.submission(dispute, of: paid, "winning_evidence")
        #expect(
            try shell.run(late).reply
                == .refused(.disputePastDue(dispute.id, dueBy: dispute.dueBy))
        )
        #expect(try shell.run(lapse, .acknowledged).types == ["dispute_closed"])
        #expect(shell.payment?.disputes.first?.status == .lost)
        #expect(shell.payment?.disputes.first?.isPastDue == true)
        #expect(shell.payment?.state == .disputed)
    }

    @Test("Evidence that the network has is not lost because time ran out on its acknowledgement")
    func lapseAfterEvidence() throws {
        var shell = Shell()
        let paid = try shell.pay()
        _ = try tell(&shell, paid, 1, .chargedBack)
        let dispute = try #require(shell.payment?.disputes.first)
        let lost = try shell.run(
            DisputeSample.submission(dispute, of: paid, "a receipt"),
            .unknown
        )
        shell.now = dispute.dueBy
        let lapse = Command.dispute(
            .lapse(EndDispute(disputeID: dispute.id, paymentID: paid.id))
        )
        let refused = try shell.run(lapse, .refused(responseCode: "409"))
        #expect(refused.types.isEmpty && refused.reply == .dispute(dispute.id, paid.id))
        let again = try shell.resume(lost, .acknowledged)
        #expect(again.types == ["dispute_evidence_submitted"])
        #expect(shell.payment?.disputes.first?.status == .underReview)
        // Nobody decides: the time to look at it is over, too.
        shell.now = try #require(shell.payment?.disputes.first?.dueAt)
        let over = try shell.run(lapse, .acknowledged)
        guard case .respond(_, let response) = over.effects.first else {
            Issue.record("the network is told")
            return
        }
        #expect(response.answer == .reviewOver)
        #expect(shell.payment?.disputes.first?.status == .lost)
        #expect(shell.payment?.disputes.first?.isPastDue == false)
    }

    @Test("Evidence is merged field by field and has so many characters at most")
    func evidence() throws {
        var shell = Shell()
        let paid = try shell.pay()
        _ = try tell(&shell, paid, 1, .chargedBack)
        let dispute = try #require(shell.payment?.disputes.first)
        func stage(_ evidence: JSON) throws -> Shell.Run {
            try shell.run(
                .dispute(
                    .update(
                        UpdateDispute(
                            disputeID: dispute.id,
                            paymentID: paid.id,
                            evidence: evidence,
                            submits: false
                        )
                    )
                )
            )
        }
        let half = JSON.string(String(repeating: "x", count: 75_000))
        #expect(try stage(["customer_name": half]).types == ["dispute_updated"])
        #expect(try stage(["uncategorized_text": half]).types == ["dispute_updated"])
        #expect(
            try stage(["billing_address": "x"]).reply == .refused(.evidenceTooLong(dispute.id))
        )
        #expect(try stage(["customer_name": .null]).types == ["dispute_updated"])
        #expect(shell.payment?.disputes.first?.evidence["customer_name"] == nil)
        #expect(shell.payment?.disputes.first?.status == .needsResponse)
        #expect(shell.payment?.disputes.first?.submissionCount == 0)
    }

    @Test("A refund that came back fails, and its money can be given back again")
    func returnedRefund() throws {
        var shell = Shell(refundFeePolicy: .returned)
        let paid = try shell.pay()
        _ = try shell.run(shell.refundCommand(paid), .acknowledged)
        let refund = try #require(shell.payment?.refunds.first)
        let notice = try DisputeSample.notice(
            1,
            .refundReturned,
            of: paid,
            original: refund.command
        )
        let run = try shell.run(DisputeSample.record(notice, of: paid, &shell))
        #expect(run.types == ["refund_returned", "refund_failed"])
        #expect(shell.payment?.refunds.first?.status == .failed)
        #expect(shell.payment?.refundableMinorUnits == 100_000)
        #expect(shell.payment?.state == .captured)
        let again = try shell.run(DisputeSample.record(notice, of: paid, &shell))
        #expect(again.types.isEmpty)
    }
}
