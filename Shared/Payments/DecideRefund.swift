import Money

/// Decisions about refunds that wait for the merchant's balance to recover.
extension SubmittedCommand {
    /// What follows from a refund that may be made: at once, or when the balance has recovered.
    ///
    /// What is not settled yet is there for its own refund; after settlement the money is the
    /// merchant's, and where others have taken more than all of it, the refund waits.
    func beginRefund(
        _ request: CreateRefund,
        _ amount: Money,
        of attempt: Attempt,
        _ capture: Capture,
        in payment: Payment,
        given aggregates: Aggregates,
        repeated: Bool
    ) -> Decision {
        // What may have been sent counts at the network, so its outcome is asked for.
        guard aggregates.isSettled, aggregates.balanceMinorUnits < 0, !repeated else {
            return fund(
                request,
                amount,
                of: attempt,
                capture,
                in: payment,
                given: aggregates,
                repeated: repeated
            )
        }
        let deferred = RefundDeferred(
            refundID: request.refundID,
            chargeID: attempt.id,
            amount: amount,
            reason: request.reason,
            metadata: request.metadata,
            command: reference,
            waitsUntil: receivedAt.adding(seconds: Refund.waitingSeconds)
        )
        return Decision(
            events: stream(payment.id, .refundDeferred(deferred)),
            reply: .refund(request.refundID, payment.id),
            next: .later
        )
    }

    private func fund(
        _ request: CreateRefund,
        _ amount: Money,
        of attempt: Attempt,
        _ capture: Capture,
        in payment: Payment,
        given aggregates: Aggregates,
        repeated: Bool
    ) -> Decision {
        let funded = funding(request, amount, of: attempt, capture, in: payment, given: aggregates)
        let message = message(refunding: amount, of: attempt, in: payment)
        return Decision(
            events: stream(payment.id, .refundRequested(funded)),
            next: .send(.refund(message, request.refundID, repeated: repeated))
        )
    }

    private func funding(
        _ request: CreateRefund,
        _ amount: Money,
        of attempt: Attempt,
        _ capture: Capture,
        in payment: Payment,
        given aggregates: Aggregates
    ) -> RefundRequested {
        RefundRequested(
            refundID: request.refundID,
            chargeID: attempt.id,
            amount: amount,
            feeReturned: payment.feeReturned(refunding: amount, of: capture),
            reason: request.reason,
            metadata: request.metadata,
            command: reference,
            sentAt: receivedAt,
            isAfterSettlement: aggregates.isSettled
        )
    }

    /// Goes on with a refund of this command that waits.
    func goOn(
        with refund: Refund,
        in payment: Payment,
        given aggregates: Aggregates,
        at now: Timestamp
    ) -> Decision {
        let reply = Reply.refund(refund.id, payment.id)
        if let end = refund.waitsUntil, now >= end {
            let expired = RefundExpired(
                refundID: refund.id,
                chargeID: refund.chargeID,
                reason: .insufficientFunds
            )
            return Decision(events: stream(payment.id, .refundExpired(expired)), reply: reply)
        }
        guard aggregates.balanceMinorUnits >= 0, case .createRefund(let request) = command,
            let attempt = payment.attempt(refund.chargeID), let capture = attempt.capture
        else { return Decision(reply: reply, next: .later) }
        // Stored before it is sent: were it the other way round, a run that dies in between would leave
        // a refund that waits by our books, can be taken back, and was made by the network.
        let funded = funding(
            request,
            refund.amount,
            of: attempt,
            capture,
            in: payment,
            given: aggregates
        )
        let message = message(refunding: refund.amount, of: attempt, in: payment)
        return Decision(
            events: stream(payment.id, .refundRequested(funded)),
            reply: reply,
            next: .sendLater(.refund(message, refund.id, repeated: false))
        )
    }

    func cancelRefund(
        _ request: EndRefund,
        given aggregates: Aggregates
    ) throws(Refusal) -> Decision {
        let (payment, refund) = try waitingRefund(request, given: aggregates)
        let canceled = RefundCanceled(refundID: refund.id, chargeID: refund.chargeID)
        return Decision(
            events: stream(payment.id, .refundCanceled(canceled)),
            reply: .refund(refund.id, payment.id)
        )
    }

    func expireRefund(
        _ request: EndRefund,
        given aggregates: Aggregates
    ) throws(Refusal) -> Decision {
        let (payment, refund) = try waitingRefund(request, given: aggregates)
        let expired = RefundExpired(
            refundID: refund.id,
            chargeID: refund.chargeID,
            reason: .insufficientFunds
        )
        return Decision(
            events: stream(payment.id, .refundExpired(expired)),
            reply: .refund(refund.id, payment.id)
        )
    }

    /// What the network has been told cannot be taken back, only what waits can.
    private func waitingRefund(
        _ request: EndRefund,
        given aggregates: Aggregates
    ) throws(Refusal) -> (Payment, Refund) {
        guard let payment = aggregates.payment, payment.merchantID == merchantID,
            let refund = payment.refund(request.refundID)
        else { throw .refundNotFound(request.refundID) }
        guard refund.isWaiting else {
            throw .refundNotWaiting(refund.id, status: refund.status)
        }
        return (payment, refund)
    }
}
