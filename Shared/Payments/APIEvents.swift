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
    case webhookEndpointFailing = "webhook_endpoint.failing"
    case webhookEndpointDisabled = "webhook_endpoint.disabled"
}

/// The object that an API event shows.
public enum APIEventObject: Sendable, Hashable {
    case payment(PaymentID)
    case charge(ChargeID)
    case refund(RefundID)
    case settlement(SettlementID)
    case webhookEndpoint(WebhookEndpointID)

    /// Stripe's word for the kind of object.
    public var kind: String {
        switch self {
        case .payment: "payment_intent"
        case .charge: "charge"
        case .refund: "refund"
        case .settlement: "settlement"
        case .webhookEndpoint: "webhook_endpoint"
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
    case .updated, .captureRequested, .voidRequested: return []
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
