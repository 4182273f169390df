public import JSON

/// An event as it is stored: a type, the type's version, and the fact as JSON.
public struct StoredEvent: Sendable, Equatable {
    /// The wire name, `payment_captured`.
    public let type: String
    /// The version of the type that the data was written in.
    public let typeVersion: Int16
    /// The fact.
    public let data: JSON

    /// Takes the three parts as they were read.
    public init(type: String, typeVersion: Int16, data: JSON) {
        self.type = type
        self.typeVersion = typeVersion
        self.data = data
    }
}

/// The event types that this version of the product knows, and how older forms become current.
///
/// A changed event type gets a higher version here and an upcaster from each older one; the stored
/// event stays as it is. Unknown types and versions are refused, never skipped: a fold with a hole
/// in it would be a wrong balance.
public struct EventCatalog: Sendable {
    /// Turns data of one version of a type into data of the next version.
    public struct Upcaster: Sendable {
        let type: String
        let fromVersion: Int16
        let step: @Sendable (JSON) throws(DocumentError) -> JSON

        /// Describes one step.
        public init(
            type: String,
            fromVersion: Int16,
            step: @escaping @Sendable (JSON) throws(DocumentError) -> JSON
        ) {
            self.type = type
            self.fromVersion = fromVersion
            self.step = step
        }
    }

    /// The catalog of this version of the product: all types are at version 1.
    public static let current = EventCatalog(revised: [:], upcasters: [])

    /// The types whose current version is not 1.
    private let revised: [String: Int16]
    private let upcasters: [Upcaster]

    init(revised: [String: Int16], upcasters: [Upcaster]) {
        self.revised = revised
        self.upcasters = upcasters
    }

    /// All type names, for documentation and tests.
    public static let types: [String] =
        PaymentEvent.Kind.allCases.map(\.rawValue) + [
            "payment_method_created", "card_token_created", "card_token_used", "merchant_created",
            "webhook_replay_requested", "balance_settings_updated", "adjustment_posted",
        ] + WebhookEndpointEvent.Kind.allCases.map(\.rawValue)
        + SettlementEvent.Kind.allCases.map(\.rawValue)
        + PayoutEvent.Kind.allCases.map(\.rawValue)

    /// Writes an event in its type's current version.
    public func store(_ event: DomainEvent) -> StoredEvent {
        StoredEvent(
            type: event.type,
            typeVersion: revised[event.type] ?? 1,
            data: Self.data(of: event)
        )
    }

    /// Reads a stored event, raising older versions first.
    public func load(_ stored: StoredEvent) throws(DocumentError) -> DomainEvent {
        guard Self.types.contains(stored.type) else { throw .unknownEventType(stored.type) }
        let current = revised[stored.type] ?? 1
        var version = stored.typeVersion
        var data = stored.data
        while version != current {
            guard
                let upcaster = upcasters.first(where: {
                    $0.type == stored.type && $0.fromVersion == version
                })
            else {
                throw .unknownEventVersion(type: stored.type, version: stored.typeVersion)
            }
            data = try upcaster.step(data)
            version += 1
        }
        return try Self.event(type: stored.type, data: data)
    }

    private static func data(of event: DomainEvent) -> JSON {
        switch event {
        case .payment(let event): event.facts
        case .paymentMethodCreated(let method): method.document
        case .cardTokenCreated(let token): token.document
        case .cardTokenUsed(let id): ["payment_method_id": id.document]
        case .merchantCreated(let merchant): merchant.document
        case .webhookEndpoint(let event): event.facts
        case .webhookReplayRequested(let replay): replay.document
        case .settlement(let event): event.facts
        case .payout(let event): event.facts
        case .balanceSettingsUpdated(let settings): settings.document
        case .adjustmentPosted(let adjustment): adjustment.document
        }
    }

    private static func event(type: String, data: JSON) throws(DocumentError) -> DomainEvent {
        if let kind = PaymentEvent.Kind(rawValue: type) {
            return .payment(try PaymentEvent(kind: kind, facts: data))
        }
        if let kind = WebhookEndpointEvent.Kind(rawValue: type) {
            return .webhookEndpoint(try WebhookEndpointEvent(kind: kind, facts: data))
        }
        if let kind = SettlementEvent.Kind(rawValue: type) {
            return .settlement(try SettlementEvent(kind: kind, facts: data))
        }
        if let kind = PayoutEvent.Kind(rawValue: type) {
            return .payout(try PayoutEvent(kind: kind, facts: data))
        }
        switch type {
        case "balance_settings_updated":
            return .balanceSettingsUpdated(try .init(document: data))
        case "adjustment_posted": return .adjustmentPosted(try .init(document: data))
        case "webhook_replay_requested":
            return .webhookReplayRequested(try .init(document: data))
        case "payment_method_created": return .paymentMethodCreated(try .init(document: data))
        case "card_token_created": return .cardTokenCreated(try .init(document: data))
        case "card_token_used":
            return .cardTokenUsed(by: try Fields(data).required("payment_method_id"))
        case "merchant_created": return .merchantCreated(try .init(document: data))
        case _: throw .unknownEventType(type)
        }
    }
}
