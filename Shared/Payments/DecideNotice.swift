import JSON
import Money

/// Decisions about what the network tells of its own accord.
///
/// The network is right about what it moved, so a notice is never refused. What it tells may come
/// before what it follows from is stored here (a capture whose answer was lost, evidence whose
/// acknowledgement was): then it waits, and is decided again.
extension SubmittedCommand {
    func record(
        _ request: RecordNotice,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        let payment = try payment(request.paymentID, in: aggregates)
        let notice = request.notice
        let known = Decision(reply: .payment(payment.id))
        let wait = Decision(reply: .payment(payment.id), next: .later)
        switch notice.kind {
        case .refundReturned: return refundReturned(notice, payment)
        case .fraudReported: return fraudReported(request, payment)
        case .inquired, .chargedBack:
            if let dispute = payment.dispute(ofCase: notice.networkCase) {
                // Of a case that is known as an inquiry: it is escalated.
                guard notice.kind == .chargedBack, dispute.withdrawal == nil,
                    !dispute.status.isTerminal
                else { return known }
                // Evidence that the network has looked at is stored before its consequence.
                guard dispute.status == .warningUnderReview else { return wait }
                return escalated(dispute, notice, payment, aggregates, at: now)
            }
            guard notice.networkCase == notice.reference else { return wait }
            return opened(request, payment, aggregates, at: now)
        case .represented, .upheld, .inquiryClosed:
            guard let dispute = payment.dispute(ofCase: notice.networkCase) else { return wait }
            if dispute.status.isTerminal { return known }
            // The network decides about what it was told; that is not stored yet.
            guard !dispute.status.needsAnswer else { return wait }
            return decided(dispute, notice, payment, aggregates)
        }
    }

    private func opened(
        _ request: RecordNotice,
        _ payment: Payment,
        _ aggregates: Aggregates,
        at now: Timestamp
    ) -> Decision {
        let notice = request.notice
        guard
            let attempt = payment.attempts.first(where: {
                $0.start.reference == notice.original && $0.capture != nil
            })
        else { return Decision(reply: .payment(payment.id), next: .later) }
        let isInquiry = notice.kind == .inquired
        var events: [PaymentEvent] = [
            .disputeOpened(
                DisputeOpened(
                    disputeID: request.disputeID,
                    chargeID: attempt.id,
                    amount: notice.amount,
                    isInquiry: isInquiry,
                    reason: notice.reason ?? .general,
                    networkReasonCode: notice.reasonCode,
                    networkCase: notice.networkCase,
                    dueBy: now.adding(seconds: notice.responseDays * 86_400)
                )
            )
        ]
        if !isInquiry {
            guard let room = makingRoom(for: notice.amount, in: payment, of: attempt.id) else {
                return Decision(reply: .payment(payment.id), next: .later)
            }
            events =
                room + events
                + withdrawal(request.disputeID, attempt.id, notice, aggregates.merchant)
        }
        return Decision(events: inStream(payment.id, events), reply: .payment(payment.id))
    }

    private func escalated(
        _ dispute: Dispute,
        _ notice: NetworkNotice,
        _ payment: Payment,
        _ aggregates: Aggregates,
        at now: Timestamp
    ) -> Decision {
        guard let room = makingRoom(for: notice.amount, in: payment, of: dispute.chargeID),
            notice.amount == dispute.amount
        else { return Decision(reply: .payment(payment.id), next: .later) }
        let escalated = DisputeEscalated(
            disputeID: dispute.id,
            networkReasonCode: notice.reasonCode,
            dueBy: now.adding(seconds: notice.responseDays * 86_400)
        )
        let events =
            room + [.disputeEscalated(escalated)]
            + withdrawal(dispute.id, dispute.chargeID, notice, aggregates.merchant)
        return Decision(events: inStream(payment.id, events), reply: .payment(payment.id))
    }

    /// What ends refunds that wait, so that a chargeback fits; nil while it does not fit.
    ///
    /// The network gave the customer's bank what it knew to be left. A refund in flight that it has
    /// not taken will be refused, and the chargeback fits then.
    private func makingRoom(
        for amount: Money,
        in payment: Payment,
        of chargeID: ChargeID
    ) -> [PaymentEvent]? {
        var left = payment.refundableMinorUnits
        var events: [PaymentEvent] = []
        for refund in payment.refunds where refund.isWaiting && left < amount.minorUnits {
            left += refund.amount.minorUnits
            let ended = RefundExpired(
                refundID: refund.id,
                chargeID: chargeID,
                reason: .disputed
            )
            events.append(.refundExpired(ended))
        }
        return left >= amount.minorUnits ? events : nil
    }

    /// The merchant's money goes to the customer's bank, and the fee to us.
    private func withdrawal(
        _ id: DisputeID,
        _ chargeID: ChargeID,
        _ notice: NetworkNotice,
        _ merchant: Merchant?
    ) -> [PaymentEvent] {
        let policy = merchant?.disputeFeePolicy ?? .standard
        let fee = Money(minorUnits: policy.feeMinorUnits, currency: notice.amount.currency)
        let charged: [PaymentEvent] =
            fee.minorUnits > 0
            ? [
                .disputeFeeCharged(
                    DisputeMovement(disputeID: id, chargeID: chargeID, amount: fee)
                )
            ] : []
        return charged + [
            .disputeFundsWithdrawn(
                DisputeMovement(disputeID: id, chargeID: chargeID, amount: notice.amount)
            ),
            .disputeChargedBack(
                DisputeMovement(
                    disputeID: id,
                    chargeID: chargeID,
                    amount: notice.amount,
                    movement: notice.movement
                )
            ),
        ]
    }

    private func decided(
        _ dispute: Dispute,
        _ notice: NetworkNotice,
        _ payment: Payment,
        _ aggregates: Aggregates
    ) -> Decision {
        var events: [PaymentEvent] = []
        let status: DisputeStatus
        if notice.kind == .represented, let taken = dispute.withdrawal {
            status = .won
            events += reinstatement(of: dispute, taken.amount, notice, aggregates.merchant)
        } else {
            status = dispute.status.givenUp
        }
        let closed = DisputeClosed(
            disputeID: dispute.id,
            chargeID: dispute.chargeID,
            status: status
        )
        return Decision(
            events: inStream(payment.id, events + [.disputeClosed(closed)]),
            reply: .payment(payment.id)
        )
    }

    private func reinstatement(
        of dispute: Dispute,
        _ amount: Money,
        _ notice: NetworkNotice,
        _ merchant: Merchant?
    ) -> [PaymentEvent] {
        func movement(_ amount: Money, _ movement: NetworkMovement? = nil) -> DisputeMovement {
            DisputeMovement(
                disputeID: dispute.id,
                chargeID: dispute.chargeID,
                amount: amount,
                movement: movement
            )
        }
        let policy = merchant?.disputeFeePolicy ?? .standard
        var events: [PaymentEvent] = [.disputeRepresented(movement(amount, notice.movement))]
        if let fee = dispute.fee, policy.isReturnedOnWin {
            events.append(.disputeFeeReturned(movement(fee)))
        }
        return events + [.disputeFundsReinstated(movement(amount))]
    }

    private func fraudReported(_ request: RecordNotice, _ payment: Payment) -> Decision {
        let notice = request.notice
        if payment.fraudWarnings.contains(where: { $0.reference == notice.reference }) {
            return Decision(reply: .payment(payment.id))
        }
        guard
            let attempt = payment.attempts.first(where: {
                $0.start.reference == notice.original && $0.capture != nil
            })
        else { return Decision(reply: .payment(payment.id), next: .later) }
        let received = FraudWarningReceived(
            warningID: request.warningID,
            chargeID: attempt.id,
            fraudType: notice.reasonCode,
            reference: notice.reference
        )
        return Decision(
            events: stream(payment.id, .fraudWarningReceived(received)),
            reply: .payment(payment.id)
        )
    }

    /// The network owes us the refund again, and the merchant has it again.
    private func refundReturned(_ notice: NetworkNotice, _ payment: Payment) -> Decision {
        guard
            let refund = payment.refunds.first(where: {
                $0.command == notice.original && $0.purpose == .returnCaptured
            }), refund.status != .pending
        else { return Decision(reply: .payment(payment.id), next: .later) }
        guard refund.status == .succeeded else { return Decision(reply: .payment(payment.id)) }
        let returned = RefundReturned(
            refundID: refund.id,
            chargeID: refund.chargeID,
            amount: refund.amount,
            movement: notice.movement
        )
        let failed = RefundFailed(
            refundID: refund.id,
            chargeID: refund.chargeID,
            amount: refund.amount,
            feeReturned: refund.feeReturned,
            reason: .of(responseCode: notice.reasonCode),
            responseCode: notice.reasonCode
        )
        return Decision(
            events: stream(payment.id, .refundReturned(returned), .refundFailed(failed)),
            reply: .payment(payment.id)
        )
    }

    private func inStream(_ id: PaymentID, _ events: [PaymentEvent]) -> [StreamEvent] {
        events.map { StreamEvent(stream: .payment(id), event: .payment($0)) }
    }
}
