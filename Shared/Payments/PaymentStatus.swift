import Money

/// Stripe's word for where a payment stands, derived from its parts.
public enum PaymentStatus: String, Sendable, CaseIterable, DocumentWord {
    case requiresPaymentMethod = "requires_payment_method"
    case requiresConfirmation = "requires_confirmation"
    /// The network owes an answer.
    case processing
    case requiresCapture = "requires_capture"
    case canceled
    case succeeded
}

extension Payment {
    /// Stripe's status.
    public var status: PaymentStatus {
        switch state {
        case .canceled, .expired: .canceled
        case .captured, .settlementPending, .settled, .payoutPending, .payoutCompleted,
            .refundPending, .partiallyRefunded, .refunded, .disputed:
            .succeeded
        case .capturePending: .processing
        case .authorized: isInFlight ? .processing : .requiresCapture
        case .created, .failed:
            if isInFlight {
                .processing
            } else if paymentMethod == nil {
                .requiresPaymentMethod
            } else {
                .requiresConfirmation
            }
        }
    }

    /// Whether the network owes an answer about the latest attempt.
    public var isInFlight: Bool { attempts.last?.isInFlight ?? false }

    /// The latest attempt; Stripe's `latest_charge`.
    public var latestAttempt: Attempt? { attempts.last }

    /// The attempt that took the money, if one did.
    public var capturedAttempt: Attempt? { attempts.last { $0.capture != nil } }

    /// The attempt behind `last_payment_error`, while the merchant has not reacted to it.
    public var lastFailedAttempt: Attempt? {
        lastFailedChargeID.flatMap { attempt($0) }
    }

    /// What the network holds for capture, in minor units.
    public var capturableMinorUnits: Int64 {
        guard let attempt = attempts.last, attempt.isCapturable else { return 0 }
        return attempt.authorizedMinorUnits
    }

    /// What was taken, in minor units.
    public var capturedMinorUnits: Int64 { capturedAttempt?.capturedMinorUnits ?? 0 }

    /// Captured money given back or on its way back, in minor units.
    public var refundedMinorUnits: Int64 { returns.reduce(0) { $0 + $1.amount.minorUnits } }

    /// The part of our fee given back or on its way back, in minor units.
    public var feeReturnedMinorUnits: Int64 {
        returns.reduce(0) { $0 + $1.feeReturned.minorUnits }
    }

    /// What a charge shows as refunded: money given back, and authorization let go.
    public func shownAsRefundedMinorUnits(of chargeID: ChargeID) -> Int64 {
        refunds.reduce(0) { sum, refund in
            refund.chargeID == chargeID && refund.counts
                ? sum + refund.amount.minorUnits : sum
        }
    }

    /// The attempt of a charge identifier.
    public func attempt(_ id: ChargeID) -> Attempt? { attempts.first { $0.id == id } }

    /// The refund or release of an identifier.
    public func refund(_ id: RefundID) -> Refund? { refunds.first { $0.id == id } }

    /// What can still be given back of the captured money, in minor units.
    public var refundableMinorUnits: Int64 {
        capturedMinorUnits - refundedMinorUnits - disputedMinorUnits
    }

    /// The refunds of captured money that count: all but the failed and the canceled.
    var returns: [Refund] { refunds.filter { $0.purpose == .returnCaptured && $0.counts } }

    /// Where the payment stands, by its parts.
    ///
    /// What a customer's bank has taken outranks all, a pending refund outranks finished ones, and these outrank the progress of the money.
    var derivedState: LifecycleState {
        if disputedMinorUnits > 0 { return .disputed }
        let returns = returns
        if returns.contains(where: { $0.status == .pending }) { return .refundPending }
        if !returns.isEmpty {
            return refundedMinorUnits == capturedMinorUnits ? .refunded : .partiallyRefunded
        }
        guard let attempt = attempts.last else {
            return cancellation == nil ? .created : .canceled
        }
        switch attempt.outcome {
        case .authorized:
            if attempt.capture != nil { return .captured }
            return attempt.captureRequest == nil ? .authorized : .capturePending
        case .voided:
            return attempt.voidRequest?.purpose == .expire ? .expired : .canceled
        case .failed: return cancellation == nil ? .failed : .canceled
        // The state before the attempt: created, or failed by an earlier card.
        case .unknown: return attempts.count == 1 ? .created : .failed
        }
    }
}

extension Refund {
    /// Whether its amount is given back or may still be.
    var counts: Bool {
        switch status {
        case .pending, .succeeded: true
        case .failed, .canceled: false
        }
    }
}
