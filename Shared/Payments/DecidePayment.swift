import JSON
import Money

/// Decisions that create, change and confirm a payment.
extension SubmittedCommand {
    func create(
        _ request: CreatePayment,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        guard let merchant = aggregates.merchant else { throw .merchantNotFound(merchantID) }
        guard aggregates.payment == nil else {
            throw .alreadyExists(.payment(request.paymentID))
        }
        try requireChargeable(request.amount)
        var resolved: ResolvedMethod?
        if let source = request.paymentMethod {
            resolved = try resolve(source, given: aggregates, at: now)
        }
        let created = PaymentCreated(
            paymentID: request.paymentID,
            merchantID: merchantID,
            livemode: merchant.livemode,
            amount: request.amount,
            captureMethod: request.captureMethod,
            clientSecret: request.clientSecret,
            details: request.details,
            feePolicy: merchant.feePolicy,
            refundFeePolicy: merchant.refundFeePolicy,
            paymentMethod: resolved?.method
        )
        let events = (resolved?.events ?? []) + stream(request.paymentID, .created(created))
        guard let chargeID = request.confirmAs else {
            return Decision(events: events, reply: .payment(request.paymentID))
        }
        guard let method = resolved?.method else {
            throw .missingPaymentMethod(request.paymentID)
        }
        let start = AttemptStart(
            chargeID: chargeID,
            reference: reference,
            amount: request.amount,
            paymentMethod: method,
            captureMethod: request.captureMethod,
            statementDescriptor: request.details.statementDescriptor,
            sentAt: receivedAt
        )
        return authorize(start, of: request.paymentID, after: events)
    }

    func update(
        _ request: UpdatePayment,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        let payment = try payment(request.paymentID, in: aggregates)
        try requireRoom(payment)
        var resolved: ResolvedMethod?
        if let source = request.paymentMethod {
            try requireUnconfirmed(payment, for: .update)
            resolved = try resolve(source, given: aggregates, at: now)
        }
        var events = resolved?.events ?? []
        if let updated = try updated(
            payment,
            by: request.changes,
            for: .update,
            method: resolved?.method
        ) {
            events += stream(payment.id, .updated(updated))
        }
        return Decision(events: events, reply: .payment(payment.id))
    }

    func confirm(
        _ request: ConfirmPayment,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        let payment = try payment(request.paymentID, in: aggregates)
        try requireRoom(payment)
        try requireUnconfirmed(payment, for: .confirm)
        var resolved: ResolvedMethod?
        if let source = request.paymentMethod {
            resolved = try resolve(source, given: aggregates, at: now)
        }
        guard let method = resolved?.method ?? payment.paymentMethod else {
            throw .missingPaymentMethod(payment.id)
        }
        var events = resolved?.events ?? []
        let updated = try updated(payment, by: request.changes, for: .confirm, method: nil)
        if let updated { events += stream(payment.id, .updated(updated)) }
        let start = AttemptStart(
            chargeID: request.chargeID,
            reference: reference,
            amount: updated?.amount ?? payment.amount,
            paymentMethod: method,
            captureMethod: updated?.captureMethod ?? payment.captureMethod,
            statementDescriptor: (updated?.details ?? payment.details).statementDescriptor,
            sentAt: receivedAt
        )
        return authorize(start, of: payment.id, after: events)
    }

    /// Sends the authorization, unless our own rules refuse the card first.
    private func authorize(
        _ start: AttemptStart,
        of paymentID: PaymentID,
        after events: [StreamEvent]
    ) -> Decision {
        guard start.paymentMethod.card.risk != .highest else {
            let failed = PaymentFailed(
                chargeID: start.chargeID,
                start: start,
                kind: .blocked,
                error: .blocked
            )
            return Decision(
                events: events + stream(paymentID, .failed(failed)),
                reply: .refused(.cardFailed(paymentID, start.chargeID, .blocked))
            )
        }
        return Decision(
            events: events,
            next: .send(.authorize(message(opening: start, of: paymentID), start))
        )
    }

    /// What a request changes; nil when all stays as it is.
    func updated(
        _ payment: Payment,
        by changes: PaymentChanges,
        for operation: PaymentOperation,
        method: PaymentMethod?
    ) throws(Refusal) -> PaymentUpdated? {
        let amount = Money(
            minorUnits: changes.amountMinorUnits ?? payment.amount.minorUnits,
            currency: changes.currency ?? payment.amount.currency
        )
        let captureMethod = changes.captureMethod ?? payment.captureMethod
        if amount != payment.amount || captureMethod != payment.captureMethod {
            try requireUnconfirmed(payment, for: operation)
            try requireChargeable(amount)
        }
        let details = payment.details.applying(changes.details)
        let updated = PaymentUpdated(
            amount: amount == payment.amount ? nil : amount,
            captureMethod: captureMethod == payment.captureMethod ? nil : captureMethod,
            details: details == payment.details ? nil : details,
            paymentMethod: method == payment.paymentMethod ? nil : method
        )
        let changesNothing =
            updated.amount == nil && updated.captureMethod == nil && updated.details == nil
            && updated.paymentMethod == nil
        return changesNothing ? nil : updated
    }

    private func requireUnconfirmed(
        _ payment: Payment,
        for operation: PaymentOperation
    ) throws(Refusal) {
        switch payment.status {
        case .requiresPaymentMethod, .requiresConfirmation: return
        case .processing, .requiresCapture, .canceled, .succeeded:
            throw .unexpectedStatus(
                operation,
                payment.id,
                status: payment.status,
                allowed: [.requiresPaymentMethod, .requiresConfirmation]
            )
        }
    }

    private func requireChargeable(_ amount: Money) throws(Refusal) {
        let least = max(1, amount.currency.minimumChargeMinorUnits ?? 1)
        guard amount.minorUnits >= least else {
            throw .amountTooSmall(least: Money(minorUnits: least, currency: amount.currency))
        }
        let most = amount.currency.maximumChargeMinorUnits
        guard amount.minorUnits <= most else {
            throw .amountTooLarge(most: Money(minorUnits: most, currency: amount.currency))
        }
        try requireStep(amount)
    }

    /// Refuses an amount that card networks cannot carry.
    func requireStep(_ amount: Money) throws(Refusal) {
        let step = amount.currency.chargeStepMinorUnits
        guard amount.minorUnits.isMultiple(of: step) else {
            throw .amountNotMultiple(of: Money(minorUnits: step, currency: amount.currency))
        }
    }
}

extension PaymentDetails {
    /// The details after a request.
    func applying(_ change: DetailsChange) -> PaymentDetails {
        PaymentDetails(
            description: change.description.applied(to: description),
            receiptEmail: change.receiptEmail.applied(to: receiptEmail),
            statementDescriptor: change.statementDescriptor.applied(to: statementDescriptor),
            statementDescriptorSuffix: change.statementDescriptorSuffix
                .applied(to: statementDescriptorSuffix),
            setupFutureUsage: change.setupFutureUsage.applied(to: setupFutureUsage),
            shipping: change.shipping.applied(to: shipping),
            metadata: change.metadata.map { metadata.applying($0) } ?? metadata,
            presentation: change.presentation.map { presentation.replacing(with: $0) }
                ?? presentation
        )
    }
}

extension JSON {
    /// This object with the members of another put in; the other's count, new ones come last.
    fileprivate func replacing(with other: JSON) -> JSON {
        guard case .object(var members) = self, case .object(let changes) = other else {
            return other
        }
        for change in changes {
            if let index = members.firstIndex(where: { $0.key == change.key }) {
                members[index] = change
            } else {
                members.append(change)
            }
        }
        return .object(members)
    }
}
