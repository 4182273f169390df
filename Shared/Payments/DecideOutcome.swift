public import Money

/// Decisions that follow an outcome from the network.
extension SubmittedCommand {
    /// Decides what follows the outcome of an effect.
    ///
    /// - Parameters:
    ///   - effect: What was carried out.
    ///   - outcome: What came of it.
    ///   - aggregates: The command's streams, with the events of the decisions so far.
    ///   - now: The time that events will be recorded at.
    /// - Returns: The events that follow, and what is to be done next.
    public func decide(
        after effect: NetworkEffect,
        outcome: NetworkOutcome,
        given aggregates: Aggregates,
        at now: Timestamp
    ) -> Decision {
        switch effect {
        case .authorize(_, let start):
            return authorized(start, outcome, given: aggregates, at: now)
        case .capture(let message, repeated: _):
            return captured(message, outcome, given: aggregates)
        case .reverse(let message, .system, repeated: _):
            return reversed(message, outcome, given: aggregates, at: now)
        case .reverse(let message, .void, repeated: _):
            return voided(message, outcome, given: aggregates)
        case .refund(let message, let id, repeated: _):
            return refunded(message, id, outcome, given: aggregates)
        case .respond(let message, let response):
            return responded(message, response, outcome, given: aggregates)
        }
    }

    private func authorized(
        _ start: AttemptStart,
        _ outcome: NetworkOutcome,
        given aggregates: Aggregates,
        at now: Timestamp
    ) -> Decision {
        guard let payment = aggregates.payment else { return Self.nothing }
        if payment.attempt(start.chargeID) != nil {
            // A late answer: what it says was reversed, or is being reversed, or is known.
            return resume(given: aggregates, at: now) ?? Self.nothing
        }
        switch outcome {
        case .approved(let code, let networkTransactionID):
            return approved(
                start,
                code: code,
                networkTransactionID: networkTransactionID,
                of: payment,
                at: now
            )
        case .declined(let responseCode), .refused(let responseCode):
            let error = DeclineReason.of(responseCode: responseCode).error
            return failed(start, .declined, error, of: payment)
        case .notSent: return failed(start, .notSent, .processing, of: payment)
        case .unknown, .acknowledged, .inProgress:
            return Decision(
                events: stream(
                    payment.id,
                    .authorizationUnknown(AuthorizationUnknown(start: start))
                ),
                next: .send(reversal(of: start, of: payment.id, repeated: false))
            )
        }
    }

    private func approved(
        _ start: AttemptStart,
        code: String,
        networkTransactionID: String?,
        of payment: Payment,
        at now: Timestamp
    ) -> Decision {
        let isHeld = start.captureMethod == .manual
        let authorization = Authorization(
            code: code,
            networkTransactionID: networkTransactionID,
            authorizedAt: now,
            captureBefore: isHeld ? now.adding(seconds: Payment.authorizationLifetimeSeconds) : nil
        )
        let authorized = PaymentEvent.authorized(
            PaymentAuthorized(start: start, authorization: authorization)
        )
        guard !isHeld else {
            return Decision(events: stream(payment.id, authorized), reply: .payment(payment.id))
        }
        let request = CaptureRequest(
            amount: start.amount,
            command: reference,
            sentAt: start.sentAt
        )
        let requested = PaymentEvent.captureRequested(
            CaptureRequested(chargeID: start.chargeID, request: request)
        )
        let message = NetworkMessage(
            reference: start.reference,
            command: reference,
            sentAt: start.sentAt,
            original: NetworkMessage.Original(reference: start.reference, sentAt: start.sentAt),
            merchantID: merchantID,
            paymentID: payment.id,
            networkToken: start.paymentMethod.card.networkToken,
            amount: start.amount,
            authorizedAmount: start.amount,
            authorizationCode: code,
            statementDescriptor: start.statementDescriptor
        )
        return Decision(
            events: stream(payment.id, authorized, requested),
            next: .send(.capture(message, repeated: false))
        )
    }

    /// Ends an attempt that has no event yet.
    func failed(
        _ start: AttemptStart,
        _ kind: FailureKind,
        _ error: PaymentError,
        of payment: Payment
    ) -> Decision {
        let facts = PaymentFailed(
            chargeID: start.chargeID,
            start: start,
            kind: kind,
            error: error
        )
        return Decision(
            events: stream(payment.id, .failed(facts)),
            reply: .refused(.cardFailed(payment.id, start.chargeID, error))
        )
    }

    private func captured(
        _ message: NetworkMessage,
        _ outcome: NetworkOutcome,
        given aggregates: Aggregates
    ) -> Decision {
        guard let (payment, attempt) = family(message, in: aggregates),
            let request = attempt.captureRequest, attempt.isInFlight
        else { return answered(given: aggregates) }
        switch outcome {
        case .acknowledged, .approved:
            let remainder = attempt.amount.minorUnits - request.amount.minorUnits
            let captured = PaymentCaptured(
                chargeID: attempt.id,
                amount: request.amount,
                fee: payment.fee(on: request.amount),
                remainder: request.remainderRefundID.map { id in
                    Release(
                        refundID: id,
                        amount: Money(minorUnits: remainder, currency: attempt.amount.currency)
                    )
                }
            )
            return Decision(
                events: stream(payment.id, .captured(captured)),
                reply: .payment(payment.id)
            )
        case .refused, .declined:
            return Decision(
                next: .send(reversal(of: attempt.start, of: payment.id, repeated: false))
            )
        case .unknown, .notSent, .inProgress:
            return Decision(next: .sendLater(.capture(message, repeated: true)))
        }
    }

    private func reversed(
        _ message: NetworkMessage,
        _ outcome: NetworkOutcome,
        given aggregates: Aggregates,
        at now: Timestamp
    ) -> Decision {
        switch outcome {
        case .acknowledged, .approved: break
        case .unknown, .notSent, .inProgress, .refused, .declined:
            // A reversal has no other end than its acknowledgement.
            return Decision(next: .sendLater(.reverse(message, .system, repeated: true)))
        }
        guard let (payment, attempt) = family(message, in: aggregates) else {
            // Taken over, reversed, and refused now: nothing of it was ever recorded.
            return begin(given: aggregates, at: now, mayHaveRun: true)
        }
        guard attempt.isInFlight else { return answered(given: aggregates) }
        let isCapture = attempt.captureRequest != nil
        let error = isCapture ? PaymentError.captureRefused : .processing
        let facts = PaymentFailed(
            chargeID: attempt.id,
            kind: isCapture ? .captureRefused : .reversed,
            error: error
        )
        let refusal: Refusal =
            isCapture
            ? .captureFailed(payment.id, attempt.id, error)
            : .cardFailed(payment.id, attempt.id, error)
        return Decision(
            events: stream(payment.id, .failed(facts)),
            reply: .refused(refusal)
        )
    }

    private func voided(
        _ message: NetworkMessage,
        _ outcome: NetworkOutcome,
        given aggregates: Aggregates
    ) -> Decision {
        guard let (payment, attempt) = family(message, in: aggregates),
            let request = attempt.voidRequest, attempt.isInFlight
        else { return answered(given: aggregates) }
        switch outcome {
        case .acknowledged, .approved: break
        case .unknown, .notSent, .inProgress, .refused, .declined:
            return Decision(next: .sendLater(.reverse(message, .void, repeated: true)))
        }
        let release = Release(refundID: request.remainderRefundID, amount: attempt.amount)
        let event: PaymentEvent =
            switch request.purpose {
            case .cancel:
                .canceled(
                    PaymentCanceled(
                        reason: request.reason,
                        chargeID: attempt.id,
                        release: release
                    )
                )
            case .expire: .expired(PaymentExpired(chargeID: attempt.id, release: release))
            }
        return Decision(events: stream(payment.id, event), reply: reply(about: payment))
    }

    private func refunded(
        _ message: NetworkMessage,
        _ id: RefundID,
        _ outcome: NetworkOutcome,
        given aggregates: Aggregates
    ) -> Decision {
        guard let payment = aggregates.payment, let refund = payment.refund(id),
            refund.isInFlight
        else { return answered(given: aggregates) }
        let reply = Reply.refund(id, payment.id)
        switch outcome {
        case .acknowledged, .approved:
            let issued = RefundIssued(
                refundID: id,
                chargeID: refund.chargeID,
                amount: refund.amount
            )
            return Decision(events: stream(payment.id, .refundIssued(issued)), reply: reply)
        case .refused(let responseCode), .declined(let responseCode):
            let failed = RefundFailed(
                refundID: id,
                chargeID: refund.chargeID,
                amount: refund.amount,
                feeReturned: refund.feeReturned,
                reason: .of(responseCode: responseCode),
                responseCode: responseCode
            )
            return Decision(events: stream(payment.id, .refundFailed(failed)), reply: reply)
        case .inProgress, .unknown, .notSent:
            // The money is set aside, so the merchant hears `pending` now; we go on until final.
            return Decision(
                reply: reply,
                next: .sendLater(.refund(message, id, repeated: true))
            )
        }
    }

    /// The attempt that a message is about.
    private func family(
        _ message: NetworkMessage,
        in aggregates: Aggregates
    ) -> (Payment, Attempt)? {
        guard let payment = aggregates.payment,
            let attempt = payment.attempts.last(where: {
                $0.start.reference == message.original?.reference
            })
        else { return nil }
        return (payment, attempt)
    }
}
