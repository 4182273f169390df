import Money

/// Decisions that capture, cancel, expire and refund.
extension SubmittedCommand {
    func capture(
        _ request: CapturePayment,
        given aggregates: Aggregates,
        repeated: Bool
    ) throws(Refusal) -> Decision {
        let payment = try payment(request.paymentID, in: aggregates)
        let attempt = try capturable(payment)
        let amount = Money(
            minorUnits: request.amountMinorUnits ?? attempt.authorizedMinorUnits,
            currency: attempt.amount.currency
        )
        guard amount.minorUnits > 0 else {
            throw .amountTooSmall(least: Money(minorUnits: 1, currency: amount.currency))
        }
        guard amount.minorUnits <= attempt.authorizedMinorUnits else {
            throw .captureExceedsAuthorization(requested: amount, capturable: attempt.amount)
        }
        try requireStep(amount)
        let changes = PaymentChanges(details: request.details)
        var events: [StreamEvent] = []
        if let updated = try updated(payment, by: changes, for: .capture, method: nil) {
            events += stream(payment.id, .updated(updated))
        }
        let requested = CaptureRequest(
            amount: amount,
            command: reference,
            sentAt: receivedAt,
            remainderRefundID: amount == attempt.amount ? nil : request.remainderRefundID
        )
        let message = message(about: attempt, of: payment, amount: amount)
        return Decision(
            events: events
                + stream(
                    payment.id,
                    .captureRequested(CaptureRequested(chargeID: attempt.id, request: requested))
                ),
            next: .send(.capture(message, repeated: repeated))
        )
    }

    /// The attempt whose authorization can be captured.
    ///
    /// The deadline is compared with the time at which the command came in, so that a process that
    /// takes the command over comes to the same answer.
    private func capturable(_ payment: Payment) throws(Refusal) -> Attempt {
        guard payment.capturedAttempt == nil else { throw .alreadyCaptured(payment.id) }
        guard let attempt = payment.latestAttempt, attempt.isCapturable else {
            throw .unexpectedStatus(
                .capture,
                payment.id,
                status: payment.status,
                allowed: [.requiresCapture]
            )
        }
        if let deadline = attempt.authorization?.captureBefore, receivedAt >= deadline {
            throw .authorizationExpired(attempt.id, captureBefore: deadline)
        }
        return attempt
    }

    func cancel(
        _ request: CancelPayment,
        given aggregates: Aggregates,
        repeated: Bool
    ) throws(Refusal) -> Decision {
        let payment = try payment(request.paymentID, in: aggregates)
        switch payment.status {
        case .requiresPaymentMethod, .requiresConfirmation:
            let canceled = PaymentCanceled(reason: request.reason)
            return Decision(
                events: stream(payment.id, .canceled(canceled)),
                reply: .payment(payment.id)
            )
        case .requiresCapture:
            let requested = VoidRequest(
                command: reference,
                sentAt: receivedAt,
                purpose: .cancel,
                reason: request.reason,
                remainderRefundID: request.remainderRefundID
            )
            return try void(payment, requested, for: .cancel, repeated: repeated)
        case .processing, .canceled, .succeeded:
            throw .unexpectedStatus(
                .cancel,
                payment.id,
                status: payment.status,
                allowed: [.requiresPaymentMethod, .requiresCapture, .requiresConfirmation]
            )
        }
    }

    func expire(
        _ request: ExpirePayment,
        given aggregates: Aggregates,
        repeated: Bool
    ) throws(Refusal) -> Decision {
        let payment = try payment(request.paymentID, in: aggregates)
        if let attempt = payment.latestAttempt, attempt.isCapturable,
            let deadline = attempt.authorization?.captureBefore, receivedAt < deadline
        {
            throw .authorizationNotExpired(attempt.id, captureBefore: deadline)
        }
        let requested = VoidRequest(
            command: reference,
            sentAt: receivedAt,
            purpose: .expire,
            reason: .automatic,
            remainderRefundID: request.remainderRefundID
        )
        return try void(payment, requested, for: .cancel, repeated: repeated)
    }

    private func void(
        _ payment: Payment,
        _ requested: VoidRequest,
        for operation: PaymentOperation,
        repeated: Bool
    ) throws(Refusal) -> Decision {
        guard let attempt = payment.latestAttempt, attempt.isCapturable else {
            throw .unexpectedStatus(
                operation,
                payment.id,
                status: payment.status,
                allowed: [.requiresCapture]
            )
        }
        let message = message(about: attempt, of: payment, amount: attempt.amount)
        return Decision(
            events: stream(
                payment.id,
                .voidRequested(VoidRequested(chargeID: attempt.id, request: requested))
            ),
            next: .send(.reverse(message, .void, repeated: repeated))
        )
    }

    func refund(
        _ request: CreateRefund,
        given aggregates: Aggregates,
        repeated: Bool
    ) throws(Refusal) -> Decision {
        let payment = try payment(request.paymentID, in: aggregates)
        try requireRoom(payment)
        let attempt = try refundable(payment, request)
        guard let capture = attempt.capture else {
            return try release(attempt, of: payment, request, repeated: repeated)
        }
        // What may have been sent is for the network to answer: it knows what came first.
        guard payment.disputedMinorUnits == 0 || repeated else {
            throw .chargeDisputed(attempt.id)
        }
        let remaining = Money(
            minorUnits: payment.refundableMinorUnits,
            currency: capture.amount.currency
        )
        guard remaining.minorUnits > 0 else { throw .alreadyRefunded(attempt.id) }
        let amount = Money(
            minorUnits: request.amountMinorUnits ?? remaining.minorUnits,
            currency: remaining.currency
        )
        guard amount.minorUnits > 0 else {
            throw .amountTooSmall(least: Money(minorUnits: 1, currency: amount.currency))
        }
        guard amount.minorUnits <= remaining.minorUnits else {
            throw .refundExceedsRemaining(attempt.id, requested: amount, remaining: remaining)
        }
        try requireStep(amount)
        return beginRefund(
            request,
            amount,
            of: attempt,
            capture,
            in: payment,
            given: aggregates,
            repeated: repeated
        )
    }

    private func refundable(
        _ payment: Payment,
        _ request: CreateRefund
    ) throws(Refusal) -> Attempt {
        if let chargeID = request.chargeID, payment.attempt(chargeID) == nil {
            throw .chargeNotFound(chargeID)
        }
        let attempt =
            request.chargeID.flatMap { payment.attempt($0) } ?? payment.capturedAttempt
            ?? payment.latestAttempt
        guard let attempt else { throw .nothingToRefund(payment.id) }
        switch attempt.outcome {
        case .authorized where attempt.capture != nil || attempt.isCapturable: return attempt
        case .authorized, .unknown:
            throw .unexpectedStatus(
                .refund,
                payment.id,
                status: payment.status,
                allowed: [.requiresCapture, .succeeded]
            )
        case .voided: throw .alreadyRefunded(attempt.id)
        case .failed: throw .nothingToRefund(payment.id)
        }
    }

    /// A refund of everything that is only authorized is its cancellation.
    private func release(
        _ attempt: Attempt,
        of payment: Payment,
        _ request: CreateRefund,
        repeated: Bool
    ) throws(Refusal) -> Decision {
        let asked = request.amountMinorUnits ?? attempt.amount.minorUnits
        guard asked <= attempt.amount.minorUnits else {
            let requested = Money(minorUnits: asked, currency: attempt.amount.currency)
            throw .refundExceedsRemaining(
                attempt.id,
                requested: requested,
                remaining: attempt.amount
            )
        }
        guard asked == attempt.amount.minorUnits else {
            throw .partialRefundOfUncaptured(attempt.id)
        }
        let requested = VoidRequest(
            command: reference,
            sentAt: receivedAt,
            purpose: .cancel,
            reason: request.reason?.asCancellation,
            remainderRefundID: request.refundID,
            releaseMetadata: request.metadata
        )
        return try void(payment, requested, for: .refund, repeated: repeated)
    }

    func updateRefund(
        _ request: UpdateRefund,
        given aggregates: Aggregates
    ) throws(Refusal) -> Decision {
        guard let payment = aggregates.payment, payment.merchantID == merchantID,
            let refund = payment.refund(request.refundID)
        else { throw .refundNotFound(request.refundID) }
        try requireRoom(payment)
        let reply = Reply.refund(refund.id, payment.id)
        let metadata = refund.metadata.applying(request.metadata)
        guard metadata != refund.metadata else { return Decision(reply: reply) }
        let updated = RefundUpdated(refundID: refund.id, metadata: metadata)
        return Decision(events: stream(payment.id, .refundUpdated(updated)), reply: reply)
    }
}

extension RefundReason {
    fileprivate var asCancellation: CancellationReason? {
        switch self {
        case .duplicate: .duplicate
        case .fraudulent: .fraudulent
        case .requestedByCustomer: .requestedByCustomer
        case .expiredUncapturedCharge: nil
        }
    }
}
