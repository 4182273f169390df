public import JSON
public import Money
public import Payments

/// What an API event is rendered from: the fact's place, and what it is about.
public struct EventSource: Sendable {
    /// The event.
    public let event: APIEvent
    /// What it is about, right after the fact.
    public let subject: EventSubject
    /// The same right before the fact; nil for the first.
    public let before: EventSubject?
    /// When the fact was recorded.
    public let recordedAt: Timestamp
    /// The request that caused it.
    public let requestID: String?
    /// The key that the merchant gave that request.
    public let idempotencyKey: String?
    /// How many deliveries of it are still to be made.
    public let pendingWebhooks: Int64

    /// Puts the parts together.
    public init(
        event: APIEvent,
        subject: EventSubject,
        before: EventSubject?,
        recordedAt: Timestamp,
        requestID: String?,
        idempotencyKey: String?,
        pendingWebhooks: Int64 = 0
    ) {
        self.event = event
        self.subject = subject
        self.before = before
        self.recordedAt = recordedAt
        self.requestID = requestID
        self.idempotencyKey = idempotencyKey
        self.pendingWebhooks = pendingWebhooks
    }
}

/// Renders events.
extension ResourceRenderer {
    /// An event; its object is shown as it was when the event happened.
    public func event(_ source: EventSource) -> JSON {
        let object = object(of: source.event.object, in: source.subject)
        var data: [JSON.Member] = [JSON.Member(key: "object", value: object)]
        if source.event.type.rawValue.hasSuffix(".updated"), let before = source.before {
            let previous = Self.differences(
                from: self.object(of: source.event.object, in: before),
                to: object
            )
            data.append(JSON.Member(key: "previous_attributes", value: previous))
        }
        let id = source.event.id
        return [
            "id": .string(id.rawValue),
            "object": "event",
            "account": .null,
            "api_version": .string(version.rawValue),
            "context": .null,
            "created": .moment(source.recordedAt),
            "data": .object(data),
            "livemode": .bool(source.subject.livemode),
            "pending_webhooks": .integer(source.pendingWebhooks),
            "request": [
                "id": .text(source.requestID),
                "idempotency_key": .text(source.idempotencyKey),
            ],
            // Rises with the object's history: 26 places for the API events of each fact.
            "sequence": .integer(Int64(id.version) * 26 + Int64(id.index)),
            "type": .string(source.event.type.rawValue),
        ]
    }

    private func object(of object: APIEventObject, in subject: EventSubject) -> JSON {
        switch subject {
        case .payment(let payment): self.object(of: object, in: payment)
        // Its items are behind their own address: an event has a size that does not grow with them.
        case .settlement(let settlement):
            self.settlement(settlement, items: [], hasMoreItems: settlement.cleared != nil)
        case .webhookEndpoint(let endpoint): webhookEndpoint(endpoint)
        case .payout(let payout): self.payout(payout)
        }
    }

    private func object(of object: APIEventObject, in payment: Payment) -> JSON {
        switch object {
        case .payment: paymentIntent(payment)
        case .charge(let id): payment.attempt(id).map { charge($0, of: payment) } ?? .null
        case .refund(let id): payment.refund(id).map { refund($0, of: payment) } ?? .null
        case .settlement, .webhookEndpoint, .payout: .null
        case .dispute(let id): payment.dispute(id).map { dispute($0, of: payment) } ?? .null
        case .fraudWarning(let id):
            payment.fraudWarning(id).map { earlyFraudWarning($0, of: payment) } ?? .null
        }
    }

    /// The members that differ, with the values that they had.
    private static func differences(from before: JSON, to after: JSON) -> JSON {
        guard case .object(let members) = before else { return [:] }
        return .object(members.filter { after[$0.key] != $0.value })
    }
}
