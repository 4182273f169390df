/// What a fact and its API events are about, as it was right after the fact.
///
/// This is the one place where a kind of stream becomes something that merchants are told of. A new
/// kind (disputes) needs a case here with its rows below, its types in ``APIEventType``, its
/// object in ``APIEventObject``, and that object's rendering in `MerchantAPI/EventRendering.swift`;
/// `GET /v1/events`, the fan-out to webhooks, order and replay then know it without a change.
public enum EventSubject: Sendable, Equatable {
    case payment(Payment)
    case settlement(Settlement)
    case webhookEndpoint(WebhookEndpoint)
    case payout(Payout)

    /// Whether it is of live mode.
    public var livemode: Bool {
        switch self {
        case .payment(let payment): payment.livemode
        case .settlement(let settlement): settlement.opening.livemode
        case .webhookEndpoint(let endpoint): endpoint.livemode
        case .payout(let payout): payout.creation.livemode
        }
    }

    /// Whether merchants are told of what happens in a stream of this kind.
    public static func isTold(_ stream: StreamID) -> Bool {
        switch stream {
        case .payment, .settlement, .webhookEndpoint, .payout: true
        case .paymentMethod, .cardToken, .merchant, .webhookReplay, .balanceSettings,
            .adjustment:
            false
        }
    }
}

extension Aggregates {
    /// What the events of a stream are about, so far as it is folded in.
    public func subject(of stream: StreamID) -> EventSubject? {
        switch stream {
        case .payment: payment.map { .payment($0) }
        case .settlement: settlement.map { .settlement($0) }
        case .webhookEndpoint: webhookEndpoint.map { .webhookEndpoint($0) }
        case .payout: payout.map { .payout($0) }
        case .paymentMethod, .cardToken, .merchant, .webhookReplay, .balanceSettings,
            .adjustment:
            nil
        }
    }
}

/// The API events of any domain event, in the order of the letters in their identifiers.
///
/// Order and count are part of stored identifiers' meaning, as with payments.
///
/// | domain event | a | b |
/// |---|---|---|
/// | `settlement_completed` | `settlement.completed` | |
/// | `payout_created` | `payout.created` | |
/// | `payout_updated`, `payout_sent` | `payout.updated` | |
/// | `payout_paid` | `payout.paid` | `payout.completed` |
/// | `payout_failed` | `payout.failed` | `payout.updated` |
/// | `payout_canceled` | `payout.canceled` | `payout.updated` |
/// | `webhook_endpoint_warned` (50, 70 and 90 % of the time) | `webhook_endpoint.failing` | |
/// | `webhook_endpoint_disabled` (100 %, or gone) | `webhook_endpoint.disabled` | |
///
/// What a merchant does to an endpoint or asks for is no news to it.
public func apiEvents(for event: DomainEvent, after: EventSubject) -> [APIEvent] {
    switch (event, after) {
    case (.payment(let event), .payment(let payment)):
        return apiEvents(for: event, after: payment)
    case (.settlement(let event), .settlement(let settlement)):
        let object = APIEventObject.settlement(settlement.id)
        let types: [APIEventType] =
            switch event {
            case .created, .cleared: []
            case .completed: [.settlementCompleted]
            }
        return told(types, of: object, in: .settlement(settlement.id), settlement.version)
    case (.webhookEndpoint(let event), .webhookEndpoint(let endpoint)):
        let object = APIEventObject.webhookEndpoint(endpoint.id)
        let types: [APIEventType] =
            switch event {
            case .created, .updated, .secretRotated, .deleted: []
            case .warned: [.webhookEndpointFailing]
            case .disabled: [.webhookEndpointDisabled]
            }
        return told(types, of: object, in: .webhookEndpoint(endpoint.id), endpoint.version)
    case (.payout(let event), .payout(let payout)):
        let types: [APIEventType] =
            switch event {
            case .created: [.payoutCreated]
            case .updated, .sent: [.payoutUpdated]
            case .paid: [.payoutPaid, .payoutCompleted]
            // The failure that follows it in the same moment tells of it.
            case .returned: []
            case .failed: [.payoutFailed, .payoutUpdated]
            case .canceled: [.payoutCanceled, .payoutUpdated]
            }
        return told(types, of: .payout(payout.id), in: .payout(payout.id), payout.version)
    case (_, .payment), (_, .settlement), (_, .webhookEndpoint), (_, .payout):
        return []
    }
}

private func told(
    _ types: [APIEventType],
    of object: APIEventObject,
    in stream: StreamID,
    _ version: Int32
) -> [APIEvent] {
    types.enumerated().map { index, type in
        APIEvent(
            id: APIEventID(stream: stream, version: version, index: index),
            type: type,
            object: object
        )
    }
}
