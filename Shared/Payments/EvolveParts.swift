import Money

/// The steps of ``Payment/evolve(_:by:version:at:)``, one for each part of a payment.
extension Payment {
    /// Changes a payment; amount, method and card only while no attempt holds or took money.
    mutating func update(_ facts: PaymentUpdated, type: String) throws(EvolutionError) {
        let isUnconfirmed = cancellation == nil && attempts.allSatisfy { $0.failure != nil }
        let changesTerms =
            facts.amount != nil || facts.captureMethod != nil || facts.paymentMethod != nil
        guard isUnconfirmed || !changesTerms else { throw .unexpected(type: type) }
        amount = facts.amount ?? amount
        captureMethod = facts.captureMethod ?? captureMethod
        details = facts.details ?? details
        paymentMethod = facts.paymentMethod ?? paymentMethod
        lastFailedChargeID = nil
    }

    /// Adds an attempt; none may be in flight or hold money.
    mutating func open(
        _ start: AttemptStart,
        outcome: AttemptOutcome,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        guard attempt(start.chargeID) == nil else { throw .wrongCharge(start.chargeID) }
        guard cancellation == nil, attempts.allSatisfy({ $0.failure != nil }) else {
            throw .unexpected(type: type)
        }
        guard start.amount.minorUnits > 0 else { throw .boundExceeded(type: type) }
        attempts.append(
            Attempt(
                start: start,
                outcome: outcome,
                captureRequest: nil,
                capture: nil,
                voidRequest: nil,
                release: nil,
                createdAt: time,
                createdVersion: version
            )
        )
        paymentMethod = start.paymentMethod
        lastFailedChargeID = nil
    }

    mutating func fail(
        _ facts: PaymentFailed,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        let failure = AttemptFailure(kind: facts.kind, error: facts.error, failedAt: time)
        if let start = facts.start {
            guard start.chargeID == facts.chargeID else { throw .wrongCharge(facts.chargeID) }
            try open(start, outcome: .failed(failure), at: time, type: type)
        } else {
            try changeAttempt(facts.chargeID) { (attempt) throws(EvolutionError) in
                guard attempt.isInFlight, attempt.voidRequest == nil else {
                    throw .unexpected(type: type)
                }
                attempt.outcome = .failed(failure)
            }
        }
        paymentMethod = nil
        lastFailedChargeID = facts.chargeID
    }

    mutating func capture(
        _ facts: PaymentCaptured,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        let version = version
        var released: Attempt?
        try changeAttempt(facts.chargeID) { (attempt) throws(EvolutionError) in
            guard attempt.isInFlight, let request = attempt.captureRequest,
                request.amount == facts.amount
            else { throw .unexpected(type: type) }
            let remainder = facts.remainder?.amount.minorUnits ?? 0
            guard facts.amount.currency == attempt.amount.currency, facts.amount.minorUnits > 0,
                remainder >= 0, facts.fee.currency == facts.amount.currency,
                (0...facts.amount.minorUnits).contains(facts.fee.minorUnits),
                facts.amount.minorUnits <= attempt.authorizedMinorUnits,
                remainder == attempt.authorizedMinorUnits - facts.amount.minorUnits
            else { throw .boundExceeded(type: type) }
            attempt.capture = Capture(
                amount: facts.amount,
                fee: facts.fee,
                capturedAt: time,
                eventVersion: version
            )
            attempt.release = facts.remainder
            released = attempt
        }
        if let released { try addRelease(of: released, reason: nil, metadata: .init(), at: time) }
    }

    mutating func cancel(
        _ facts: PaymentCanceled,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        if let chargeID = facts.chargeID, let release = facts.release {
            try void(chargeID, release: release, at: time, type: type)
        } else {
            guard facts.chargeID == nil, facts.release == nil, cancellation == nil,
                attempts.allSatisfy({ $0.failure != nil })
            else { throw .unexpected(type: type) }
        }
        cancellation = Cancellation(reason: facts.reason, canceledAt: time)
    }

    mutating func void(
        _ chargeID: ChargeID,
        release: Release,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        var voided: Attempt?
        try changeAttempt(chargeID) { (attempt) throws(EvolutionError) in
            guard attempt.isInFlight, attempt.voidRequest != nil,
                let authorization = attempt.authorization
            else { throw .unexpected(type: type) }
            guard release.amount == attempt.amount else { throw .boundExceeded(type: type) }
            attempt.outcome = .voided(authorization, at: time)
            attempt.release = release
            voided = attempt
        }
        guard let voided, let request = voided.voidRequest else { return }
        try addRelease(
            of: voided,
            reason: request.releaseReason,
            metadata: request.releaseMetadata,
            at: time
        )
    }

    mutating func request(
        _ facts: RefundRequested,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        guard let capture = attempt(facts.chargeID)?.capture else {
            throw .wrongCharge(facts.chargeID)
        }
        guard facts.feeReturned.currency == capture.amount.currency,
            facts.feeReturned.minorUnits >= 0,
            facts.feeReturned.minorUnits <= capture.fee.minorUnits - feeReturnedMinorUnits
        else { throw .boundExceeded(type: type) }
        if let index = refunds.firstIndex(where: { $0.id == facts.refundID }) {
            return try fund(index, facts, type: type)
        }
        try requireRefundable(facts.amount, of: capture, type: type)
        refunds.append(
            Refund(
                id: facts.refundID,
                chargeID: facts.chargeID,
                amount: facts.amount,
                purpose: .returnCaptured,
                reason: facts.reason,
                metadata: facts.metadata,
                status: .pending,
                feeReturned: facts.feeReturned,
                command: facts.command,
                sentAt: facts.sentAt,
                failureReason: nil,
                createdAt: time,
                requestedVersion: version,
                issuedVersion: nil,
                failedVersion: nil
            )
        )
    }

    /// Sets money aside for a refund that waited for it.
    private mutating func fund(
        _ index: Int,
        _ facts: RefundRequested,
        type: String
    ) throws(EvolutionError) {
        let refund = refunds[index]
        guard refund.isWaiting, refund.amount == facts.amount, refund.chargeID == facts.chargeID
        else { throw .wrongRefund(facts.refundID) }
        refunds[index].waitsUntil = nil
        refunds[index].feeReturned = facts.feeReturned
        refunds[index].command = facts.command
        refunds[index].sentAt = facts.sentAt
        refunds[index].requestedVersion = version
    }

    private func requireRefundable(
        _ amount: Money,
        of capture: Capture,
        type: String
    ) throws(EvolutionError) {
        guard amount.currency == capture.amount.currency, amount.minorUnits > 0,
            amount.minorUnits <= refundableMinorUnits
        else { throw .boundExceeded(type: type) }
    }

    mutating func deferRefund(
        _ facts: RefundDeferred,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        guard refund(facts.refundID) == nil else { throw .wrongRefund(facts.refundID) }
        guard let capture = attempt(facts.chargeID)?.capture else {
            throw .wrongCharge(facts.chargeID)
        }
        try requireRefundable(facts.amount, of: capture, type: type)
        refunds.append(
            Refund(
                id: facts.refundID,
                chargeID: facts.chargeID,
                amount: facts.amount,
                purpose: .returnCaptured,
                reason: facts.reason,
                metadata: facts.metadata,
                status: .pending,
                feeReturned: .zero(facts.amount.currency),
                command: facts.command,
                sentAt: nil,
                failureReason: nil,
                createdAt: time,
                requestedVersion: version,
                issuedVersion: nil,
                failedVersion: nil,
                deferredVersion: version,
                waitsUntil: facts.waitsUntil
            )
        )
    }

    /// Ends a refund that waited; nothing was taken for it, so nothing comes back.
    mutating func endWaiting(
        _ id: RefundID,
        as status: RefundStatus,
        because reason: RefundFailureReason?,
        type: String
    ) throws(EvolutionError) {
        let index = try refundIndex(id)
        guard refunds[index].isWaiting else { throw .unexpected(type: type) }
        refunds[index].status = status
        refunds[index].failureReason = reason
    }

    mutating func settleRefund(
        _ id: RefundID,
        amount: Money,
        type: String,
        orReturned: Bool = false,
        _ change: (inout Refund) -> Void
    ) throws(EvolutionError) {
        let index = try refundIndex(id)
        let isReturned = refunds[index].status == .succeeded && refunds[index].returned != nil
        guard refunds[index].isInFlight || (orReturned && isReturned),
            refunds[index].amount == amount
        else {
            throw .unexpected(type: type)
        }
        change(&refunds[index])
    }

    func refundIndex(_ id: RefundID) throws(EvolutionError) -> Int {
        guard let index = refunds.firstIndex(where: { $0.id == id }) else {
            throw .wrongRefund(id)
        }
        return index
    }

    mutating func changeAttempt(
        _ id: ChargeID,
        _ change: (inout Attempt) throws(EvolutionError) -> Void
    ) throws(EvolutionError) {
        guard let index = attempts.firstIndex(where: { $0.id == id }) else {
            throw .wrongCharge(id)
        }
        try change(&attempts[index])
    }

    /// Shows what was let go as Stripe shows it: a refund that moved no money.
    private mutating func addRelease(
        of attempt: Attempt,
        reason: RefundReason?,
        metadata: Metadata,
        at time: Timestamp
    ) throws(EvolutionError) {
        guard let release = attempt.release else { return }
        guard refund(release.refundID) == nil else { throw .wrongRefund(release.refundID) }
        refunds.append(
            Refund(
                id: release.refundID,
                chargeID: attempt.id,
                amount: release.amount,
                purpose: .releaseUncaptured,
                reason: reason,
                metadata: metadata,
                status: .succeeded,
                feeReturned: Money(minorUnits: 0, currency: release.amount.currency),
                command: nil,
                sentAt: nil,
                failureReason: nil,
                createdAt: time,
                requestedVersion: version,
                issuedVersion: version,
                failedVersion: nil
            )
        )
    }
}

extension VoidRequest {
    /// The reason that the release carries, in the words of refunds.
    var releaseReason: RefundReason? {
        guard purpose == .cancel else { return .expiredUncapturedCharge }
        return switch reason {
        case .duplicate: .duplicate
        case .fraudulent: .fraudulent
        case .requestedByCustomer: .requestedByCustomer
        case .abandoned, .automatic, .expired, nil: nil
        }
    }
}
