/// The types of events that merchants see; Stripe's, and our own short family.
///
/// `charge.captured` belongs to both families and is told once.
public enum APIEventType: String, Sendable, CaseIterable {
    case paymentIntentCreated = "payment_intent.created"
    case paymentIntentProcessing = "payment_intent.processing"
    case paymentIntentAmountCapturableUpdated = "payment_intent.amount_capturable_updated"
    case paymentIntentSucceeded = "payment_intent.succeeded"
    case paymentIntentPaymentFailed = "payment_intent.payment_failed"
    case paymentIntentCanceled = "payment_intent.canceled"
    case chargeSucceeded = "charge.succeeded"
    case chargeFailed = "charge.failed"
    case chargeCaptured = "charge.captured"
    case chargeRefunded = "charge.refunded"
    case chargeUpdated = "charge.updated"
    case chargeExpired = "charge.expired"
    case refundCreated = "refund.created"
    case refundUpdated = "refund.updated"
    case refundFailed = "refund.failed"
    case paymentCreated = "payment.created"
    case paymentAuthorized = "payment.authorized"
    case refundIssued = "refund.issued"
    case settlementCompleted = "settlement.completed"
    case payoutCreated = "payout.created"
    case payoutUpdated = "payout.updated"
    case payoutPaid = "payout.paid"
    case payoutCompleted = "payout.completed"
    case payoutFailed = "payout.failed"
    case payoutCanceled = "payout.canceled"
    case webhookEndpointFailing = "webhook_endpoint.failing"
    case webhookEndpointDisabled = "webhook_endpoint.disabled"
    case chargeDisputeCreated = "charge.dispute.created"
    case chargeDisputeUpdated = "charge.dispute.updated"
    case chargeDisputeFundsWithdrawn = "charge.dispute.funds_withdrawn"
    case chargeDisputeFundsReinstated = "charge.dispute.funds_reinstated"
    case chargeDisputeClosed = "charge.dispute.closed"
    case disputeOpened = "dispute.opened"
    case disputeClosed = "dispute.closed"
    case earlyFraudWarningCreated = "radar.early_fraud_warning.created"
    case earlyFraudWarningUpdated = "radar.early_fraud_warning.updated"
}

/// The object that an API event shows.
public enum APIEventObject: Sendable, Hashable {
    case payment(PaymentID)
    case charge(ChargeID)
    case refund(RefundID)
    case settlement(SettlementID)
    case webhookEndpoint(WebhookEndpointID)
    case dispute(DisputeID)
    case fraudWarning(EarlyFraudWarningID)
    case payout(PayoutID)

    /// Stripe's word for the kind of object.
    public var kind: String {
        switch self {
        case .payment: "payment_intent"
        case .charge: "charge"
        case .refund: "refund"
        case .settlement: "settlement"
        case .webhookEndpoint: "webhook_endpoint"
        case .dispute: "dispute"
        case .fraudWarning: "radar.early_fraud_warning"
        case .payout: "payout"
        }
    }

    /// The object's identifier.
    public var id: String {
        switch self {
        case .payment(let id): id.rawValue
        case .charge(let id): id.rawValue
        case .refund(let id): id.rawValue
        case .settlement(let id): id.rawValue
        case .webhookEndpoint(let id): id.rawValue
        case .dispute(let id): id.rawValue
        case .fraudWarning(let id): id.rawValue
        case .payout(let id): id.rawValue
        }
    }
}

/// One event as merchants see it, derived from a domain event.
public struct APIEvent: Sendable, Equatable {
    /// Its identifier.
    public let id: APIEventID
    /// Its type.
    public let type: APIEventType
    /// What it shows.
    public let object: APIEventObject
}

/// The API events of a domain event, in the order of the letters in their identifiers.
///
/// Order and count of this function are part of stored identifiers' meaning and may never change
/// for a domain event that exists: a new API event is added at the end of its row, and only for
/// facts that could not occur before. What a row depends on (the fact itself, and the payment after
/// it) is a fold of stored events, so it gives the same list for ever.
///
/// | domain event | a | b | c |
/// |---|---|---|---|
/// | `payment_created` | `payment_intent.created` | `payment.created` | |
/// | `authorization_unknown` | `payment_intent.processing` | | |
/// | `payment_authorized` | `charge.succeeded` | `payment.authorized` | `payment_intent.amount_capturable_updated`, manual capture only |
/// | `payment_failed` | `charge.failed` | `payment_intent.payment_failed` | |
/// | `payment_captured` | `charge.captured` | `payment_intent.succeeded` | `charge.updated`, Stripe's asynchronous capture only |
/// | `payment_canceled` | `payment_intent.canceled` | `charge.refunded`, where an authorization was let go | |
/// | `payment_expired` | `payment_intent.canceled` | `charge.expired` | |
/// | `refund_requested` | `refund.created` | `charge.refunded` | |
/// | `refund_issued` | `refund.updated` | `refund.issued` | |
/// | `refund_failed` | `refund.failed` | `refund.updated` | `charge.updated` |
/// | `refund_updated` | `refund.updated` | | |
/// | `refund_deferred` | `refund.created` | `charge.refunded` | |
/// | `refund_requested` of a refund that waited | `refund.updated` | | |
/// | `refund_canceled` | `refund.updated` | `charge.updated` | |
/// | `refund_expired` | `refund.failed` | `refund.updated` | `charge.updated` |
/// | `refund_returned`, `dispute_fee_charged`, `dispute_charged_back`, `dispute_represented`, `dispute_fee_returned` | | | |
/// | `dispute_opened` | `charge.dispute.created` | `dispute.opened` | `radar.early_fraud_warning.updated`, where there is one |
/// | `dispute_funds_withdrawn` | `charge.dispute.funds_withdrawn` | | |
/// | `dispute_escalated`, `dispute_updated`, `dispute_evidence_submitted` | `charge.dispute.updated` | | |
/// | `dispute_funds_reinstated` | `charge.dispute.funds_reinstated` | | |
/// | `dispute_closed` | `charge.dispute.closed` | `dispute.closed` | |
/// | `fraud_warning_received` | `radar.early_fraud_warning.created` | | |
/// | `payment_updated`, `capture_requested`, `void_requested` | | | |
public func apiEvents(
    for event: PaymentEvent,
    after: Payment
) -> [APIEvent] {
    let rows = apiEventRows(for: event, after: after)
    return rows.enumerated().map { index, row in
        APIEvent(
            id: APIEventID(stream: .payment(after.id), version: after.version, index: index),
            type: row.type,
            object: row.object
        )
    }
}

private func apiEventRows(
    for event: PaymentEvent,
    after: Payment
) -> [(type: APIEventType, object: APIEventObject)] {
    let payment = APIEventObject.payment(after.id)
    switch event {
    case .created: return [(.paymentIntentCreated, payment), (.paymentCreated, payment)]
    case .updated, .captureRequested, .voidRequested, .refundReturned, .disputeFeeCharged,
        .disputeChargedBack, .disputeRepresented, .disputeFeeReturned:
        return []
    case .disputeOpened(let facts):
        let dispute = APIEventObject.dispute(facts.disputeID)
        // A warning about a charge that is disputed can no longer be acted on.
        let warnings = after.fraudWarnings.filter { $0.chargeID == facts.chargeID }.prefix(20)
        return [(.chargeDisputeCreated, dispute), (.disputeOpened, dispute)]
            + warnings.map { (.earlyFraudWarningUpdated, .fraudWarning($0.id)) }
    case .disputeFundsWithdrawn(let facts):
        return [(.chargeDisputeFundsWithdrawn, .dispute(facts.disputeID))]
    case .disputeEscalated(let facts):
        return [(.chargeDisputeUpdated, .dispute(facts.disputeID))]
    case .disputeUpdated(let facts): return [(.chargeDisputeUpdated, .dispute(facts.disputeID))]
    case .disputeEvidenceSubmitted(let facts):
        return [(.chargeDisputeUpdated, .dispute(facts.disputeID))]
    case .disputeFundsReinstated(let facts):
        return [(.chargeDisputeFundsReinstated, .dispute(facts.disputeID))]
    case .disputeClosed(let facts):
        let dispute = APIEventObject.dispute(facts.disputeID)
        return [(.chargeDisputeClosed, dispute), (.disputeClosed, dispute)]
    case .fraudWarningReceived(let facts):
        return [(.earlyFraudWarningCreated, .fraudWarning(facts.warningID))]
    case .authorizationUnknown: return [(.paymentIntentProcessing, payment)]
    case .authorized(let facts):
        let held: [(APIEventType, APIEventObject)] =
            facts.start.captureMethod == .manual
            ? [(.paymentIntentAmountCapturableUpdated, payment)] : []
        return [
            (.chargeSucceeded, .charge(facts.start.chargeID)), (.paymentAuthorized, payment),
        ] + held
    case .failed(let facts):
        return [
            (.chargeFailed, .charge(facts.chargeID)), (.paymentIntentPaymentFailed, payment),
        ]
    case .captured(let facts):
        let asynchronous = after.attempt(facts.chargeID)?.start.captureMethod == .automaticAsync
        let updated: [(APIEventType, APIEventObject)] =
            asynchronous ? [(.chargeUpdated, .charge(facts.chargeID))] : []
        return [
            (.chargeCaptured, .charge(facts.chargeID)), (.paymentIntentSucceeded, payment),
        ] + updated
    case .canceled(let facts):
        let released: [(APIEventType, APIEventObject)] =
            facts.chargeID.map { [(.chargeRefunded, .charge($0))] } ?? []
        return [(.paymentIntentCanceled, payment)] + released
    case .expired(let facts):
        return [(.paymentIntentCanceled, payment), (.chargeExpired, .charge(facts.chargeID))]
    case .refundDeferred(let facts):
        return [
            (.refundCreated, .refund(facts.refundID)), (.chargeRefunded, .charge(facts.chargeID)),
        ]
    case .refundCanceled(let facts):
        return [
            (.refundUpdated, .refund(facts.refundID)), (.chargeUpdated, .charge(facts.chargeID)),
        ]
    case .refundExpired(let facts):
        return [
            (.refundFailed, .refund(facts.refundID)), (.refundUpdated, .refund(facts.refundID)),
            (.chargeUpdated, .charge(facts.chargeID)),
        ]
    case .refundRequested(let facts):
        if after.refund(facts.refundID)?.deferredVersion != nil {
            return [(.refundUpdated, .refund(facts.refundID))]
        }
        return [
            (.refundCreated, .refund(facts.refundID)), (.chargeRefunded, .charge(facts.chargeID)),
        ]
    case .refundIssued(let facts):
        return [
            (.refundUpdated, .refund(facts.refundID)), (.refundIssued, .refund(facts.refundID)),
        ]
    case .refundFailed(let facts):
        return [
            (.refundFailed, .refund(facts.refundID)), (.refundUpdated, .refund(facts.refundID)),
            (.chargeUpdated, .charge(facts.chargeID)),
        ]
    case .refundUpdated(let facts): return [(.refundUpdated, .refund(facts.refundID))]
    }
}
