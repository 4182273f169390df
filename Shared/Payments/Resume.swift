import Money

/// Going on with a command that somebody may have worked on before.
extension SubmittedCommand {
    /// A decision without effect, event or reply.
    static let nothing = Decision()

    /// What the command's own traces call for; nil when it left none and can simply begin.
    func resume(given aggregates: Aggregates, at now: Timestamp) -> Decision? {
        if let payment = aggregates.payment, let answer = answeredDispute(in: payment) {
            return answer
        }
        if let payment = aggregates.payment,
            let refund = payment.refunds.first(where: {
                $0.command == reference && $0.isWaiting
            })
        {
            return goOn(with: refund, in: payment, given: aggregates, at: now)
        }
        if let payment = aggregates.payment, let next = unfinished(payment) {
            return Decision(next: next)
        }
        if let payment = aggregates.payment, hasTraces(in: payment) {
            return answered(given: aggregates)
        }
        return takeOver(given: aggregates, at: now)
    }

    /// The effect that this command still owes, by what its payment shows.
    private func unfinished(_ payment: Payment) -> Decision.Next? {
        for attempt in payment.attempts where attempt.isInFlight {
            if attempt.captureRequest?.command == reference, let request = attempt.captureRequest {
                let message = message(about: attempt, of: payment, amount: request.amount)
                return .send(.capture(message, repeated: true))
            }
            if attempt.voidRequest?.command == reference {
                let message = message(about: attempt, of: payment, amount: attempt.amount)
                return .send(.reverse(message, .void, repeated: true))
            }
            if attempt.outcome == .unknown, attempt.start.reference == reference {
                return .send(reversal(of: attempt.start, of: payment.id, repeated: true))
            }
        }
        for refund in payment.refunds
        where refund.command == reference && refund.isInFlight {
            guard let attempt = payment.attempt(refund.chargeID) else { continue }
            let message = message(refunding: refund.amount, of: attempt, in: payment)
            return .send(.refund(message, refund.id, repeated: true))
        }
        return nil
    }

    private func hasTraces(in payment: Payment) -> Bool {
        payment.attempts.contains { attempt in
            attempt.start.reference == reference || attempt.captureRequest?.command == reference
                || attempt.voidRequest?.command == reference
        } || payment.refunds.contains { $0.command == reference }
    }

    /// Reverses an authorization that may have been sent and of which nothing is recorded.
    ///
    /// If the command can still begin, its events come with the reversal and the attempt is
    /// recorded as unknown. If it is refused by now (its token was spent by another command, say),
    /// the reversal goes first and the refusal follows its acknowledgement.
    private func takeOver(given aggregates: Aggregates, at now: Timestamp) -> Decision? {
        let fresh = begin(given: aggregates, at: now, mayHaveRun: true)
        if case .send(.authorize(let message, let start)) = fresh.next {
            let unknown = AuthorizationUnknown(start: start)
            return Decision(
                events: fresh.events + stream(message.paymentID, .authorizationUnknown(unknown)),
                next: .send(reversal(of: start, of: message.paymentID, repeated: false))
            )
        }
        guard case .refused = fresh.reply, fresh.events.isEmpty,
            let (paymentID, start) = startRegardless(given: aggregates, at: now),
            start.paymentMethod.card.risk != .highest
        else { return nil }
        return Decision(next: .send(reversal(of: start, of: paymentID, repeated: true)))
    }

    /// The start of the attempt that the command makes, whatever stands in its way.
    private func startRegardless(
        given aggregates: Aggregates,
        at now: Timestamp
    ) -> (PaymentID, AttemptStart)? {
        let source = command.paymentMethodSource
        let method = source.flatMap { methodRegardless($0, given: aggregates, at: now) }
        switch command {
        case .createPayment(let request):
            guard let chargeID = request.confirmAs, let method else { return nil }
            let start = start(chargeID, request.amount, method, request.captureMethod)
            return (request.paymentID, start)
        case .confirmPayment(let request):
            guard let payment = aggregates.payment, payment.id == request.paymentID,
                let method = source == nil ? payment.paymentMethod : method
            else { return nil }
            let amount = Money(
                minorUnits: request.changes.amountMinorUnits ?? payment.amount.minorUnits,
                currency: request.changes.currency ?? payment.amount.currency
            )
            return (payment.id, start(request.chargeID, amount, method, payment.captureMethod))
        case .updatePayment, .capturePayment, .cancelPayment, .expirePayment, .createRefund,
            .updateRefund, .cancelRefund, .expireRefund, .createPaymentMethod, .createCardToken,
            .createMerchant, .webhook, .payout,
            .advanceClock, .dispute:
            return nil
        }
    }

    private func start(
        _ chargeID: ChargeID,
        _ amount: Money,
        _ method: PaymentMethod,
        _ captureMethod: CaptureMethod
    ) -> AttemptStart {
        AttemptStart(
            chargeID: chargeID,
            reference: reference,
            amount: amount,
            paymentMethod: method,
            captureMethod: captureMethod,
            sentAt: receivedAt
        )
    }

    /// The answer of a command whose effects all have their outcome.
    func answered(given aggregates: Aggregates) -> Decision {
        guard let payment = aggregates.payment else { return Self.nothing }
        return Decision(reply: reply(about: payment))
    }

    /// The answer that the command's traces in its payment call for.
    func reply(about payment: Payment) -> Reply {
        if case .createRefund(let request) = command {
            return .refund(request.refundID, payment.id)
        }
        let own = payment.attempts.last { attempt in
            attempt.start.reference == reference || attempt.captureRequest?.command == reference
        }
        guard let own, let failure = own.failure else { return .payment(payment.id) }
        return switch failure.kind {
        case .captureRefused: .refused(.captureFailed(payment.id, own.id, failure.error))
        case .declined, .blocked, .reversed, .notSent:
            .refused(.cardFailed(payment.id, own.id, failure.error))
        }
    }
}
