public import Money

/// The name of an event stream: the aggregate's identifier.
public enum StreamID: Sendable, Hashable, CustomStringConvertible {
    case payment(PaymentID)
    case paymentMethod(PaymentMethodID)
    case cardToken(CardTokenID)
    case merchant(MerchantID)
    case webhookEndpoint(WebhookEndpointID)
    case webhookReplay(WebhookReplayID)
    case settlement(SettlementID)
    case payout(PayoutID)
    case balanceSettings(BalanceSettingsID)
    case adjustment(AdjustmentID)

    /// Reads a stream's name; its prefix says what kind it is.
    public init?(rawValue: String) {
        if let id = PaymentID(rawValue: rawValue) {
            self = .payment(id)
        } else if let id = PaymentMethodID(rawValue: rawValue) {
            self = .paymentMethod(id)
        } else if let id = CardTokenID(rawValue: rawValue) {
            self = .cardToken(id)
        } else if let id = MerchantID(rawValue: rawValue) {
            self = .merchant(id)
        } else if let id = WebhookEndpointID(rawValue: rawValue) {
            self = .webhookEndpoint(id)
        } else if let id = WebhookReplayID(rawValue: rawValue) {
            self = .webhookReplay(id)
        } else if let id = SettlementID(rawValue: rawValue) {
            self = .settlement(id)
        } else if let id = PayoutID(rawValue: rawValue) {
            self = .payout(id)
        } else if let id = BalanceSettingsID(rawValue: rawValue) {
            self = .balanceSettings(id)
        } else if let id = AdjustmentID(rawValue: rawValue) {
            self = .adjustment(id)
        } else {
            return nil
        }
    }

    /// The stream's name as it is stored.
    public var rawValue: String {
        switch self {
        case .payment(let id): id.rawValue
        case .paymentMethod(let id): id.rawValue
        case .cardToken(let id): id.rawValue
        case .merchant(let id): id.rawValue
        case .webhookEndpoint(let id): id.rawValue
        case .webhookReplay(let id): id.rawValue
        case .settlement(let id): id.rawValue
        case .payout(let id): id.rawValue
        case .balanceSettings(let id): id.rawValue
        case .adjustment(let id): id.rawValue
        }
    }

    /// The text of ``rawValue``.
    public var description: String { rawValue }
}

/// A fact about any aggregate.
public enum DomainEvent: Sendable, Equatable {
    /// A fact about a payment.
    case payment(PaymentEvent)
    /// A payment method was stored.
    case paymentMethodCreated(PaymentMethod)
    /// A card token was made.
    case cardTokenCreated(CardToken)
    /// A card token was spent on a payment method.
    case cardTokenUsed(by: PaymentMethodID)
    /// A merchant was created.
    case merchantCreated(Merchant)
    /// A fact about a webhook endpoint.
    case webhookEndpoint(WebhookEndpointEvent)
    /// A merchant wants deliveries again.
    case webhookReplayRequested(WebhookReplay)
    /// A fact about a settlement batch.
    case settlement(SettlementEvent)
    /// A fact about a payout.
    case payout(PayoutEvent)
    /// A merchant's settings of its balance were changed; these are the new ones, all of them.
    case balanceSettingsUpdated(BalanceSettings)
    /// Two people put a discrepancy right.
    case adjustmentPosted(Adjustment)

    /// The wire name, `payment_captured`.
    public var type: String {
        switch self {
        case .payment(let event): event.type
        case .paymentMethodCreated: "payment_method_created"
        case .cardTokenCreated: "card_token_created"
        case .cardTokenUsed: "card_token_used"
        case .merchantCreated: "merchant_created"
        case .webhookEndpoint(let event): event.kind.rawValue
        case .webhookReplayRequested: "webhook_replay_requested"
        case .settlement(let event): event.kind.rawValue
        case .payout(let event): event.kind.rawValue
        case .balanceSettingsUpdated: "balance_settings_updated"
        case .adjustmentPosted: "adjustment_posted"
        }
    }
}

/// A fact and the stream that it belongs to, before it has a version.
public struct StreamEvent: Sendable, Equatable {
    /// The stream.
    public let stream: StreamID
    /// The fact.
    public let event: DomainEvent

    /// Puts a fact into a stream.
    public init(stream: StreamID, event: DomainEvent) {
        self.stream = stream
        self.event = event
    }
}

/// A fact at its place in a stream.
public struct RecordedEvent: Sendable, Equatable {
    /// The stream.
    public let stream: StreamID
    /// Its place: 1 for the first, then without gaps.
    public let version: Int32
    /// The fact.
    public let event: DomainEvent
    /// When it was recorded.
    public let recordedAt: Timestamp

    /// Puts a fact at its place.
    public init(stream: StreamID, version: Int32, event: DomainEvent, recordedAt: Timestamp) {
        self.stream = stream
        self.version = version
        self.event = event
        self.recordedAt = recordedAt
    }
}
