public import Money

/// A place that a merchant wants its events posted to.
public struct WebhookEndpoint: Sendable, Equatable {
    /// The most keys that sign deliveries at one time.
    public static let maximumLiveKeys = 10

    /// Its identifier; also names its event stream.
    public let id: WebhookEndpointID
    /// Whose endpoint it is.
    public let merchantID: MerchantID
    /// The mode that it belongs to.
    public let livemode: Bool
    /// The version that events are rendered in; nil for the merchant's own.
    public let apiVersion: String?
    /// What the merchant can change.
    public let settings: WebhookSettings
    /// The keys that sign deliveries, the newest first; those that have run out may be among them.
    public let keys: [WebhookKey]
    /// Why it was switched off, while it is off.
    public let disabledReason: WebhookDisabledReason?
    /// The last warning that it is on the way to being switched off for failing, since it was
    /// switched on; a delivery that succeeds takes no note of it here.
    public let warning: WebhookWarning?
    /// Whether it was deleted; nothing follows that.
    public let isDeleted: Bool
    /// When it was made.
    public let createdAt: Timestamp
    /// How many events its stream has.
    public let version: Int32

    /// Creates the value from its parts.
    public init(
        id: WebhookEndpointID,
        merchantID: MerchantID,
        livemode: Bool,
        apiVersion: String?,
        settings: WebhookSettings,
        keys: [WebhookKey],
        disabledReason: WebhookDisabledReason? = nil,
        warning: WebhookWarning? = nil,
        isDeleted: Bool = false,
        createdAt: Timestamp,
        version: Int32 = 1
    ) {
        self.id = id
        self.merchantID = merchantID
        self.livemode = livemode
        self.apiVersion = apiVersion
        self.settings = settings
        self.keys = keys
        self.disabledReason = disabledReason
        self.warning = warning
        self.isDeleted = isDeleted
        self.createdAt = createdAt
        self.version = version
    }

    /// The keys that sign at a moment, the newest first.
    public func liveKeys(at now: Timestamp) -> [WebhookKey] {
        keys.filter { $0.expiresAt.map { now < $0 } ?? true }
    }
}

/// What a merchant can change about an endpoint.
public struct WebhookSettings: Sendable, Equatable {
    /// Where events are posted.
    public var url: String
    /// The types that are sent: names, `charge.*`, or `*`.
    public var enabledEvents: [String]
    /// The merchant's own words.
    public var description: String?
    /// The merchant's own pairs.
    public var metadata: Metadata
    /// Whether anything is sent; events for an endpoint that is off are held.
    public var isEnabled: Bool
    /// The seconds before each attempt, the first included; nil for the usual schedule.
    public var retrySeconds: [Int64]?
    /// The most deliveries in a second; nil for the usual limit.
    public var ratePerSecond: Int64?
    /// Whether events about one object wait for the one before them.
    public var isOrdered: Bool

    /// Creates the value from its parts.
    public init(
        url: String,
        enabledEvents: [String],
        description: String? = nil,
        metadata: Metadata = Metadata(),
        isEnabled: Bool = true,
        retrySeconds: [Int64]? = nil,
        ratePerSecond: Int64? = nil,
        isOrdered: Bool = false
    ) {
        self.url = url
        self.enabledEvents = enabledEvents
        self.description = description
        self.metadata = metadata
        self.isEnabled = isEnabled
        self.retrySeconds = retrySeconds
        self.ratePerSecond = ratePerSecond
        self.isOrdered = isOrdered
    }
}

/// A key that signs deliveries, by name.
///
/// The secret itself is stored nowhere: whoever may sign computes it from the names and a secret of
/// the installation.
public struct WebhookKey: Sendable, Equatable {
    /// Its name, as the delivery log shows it.
    public let id: WebhookKeyID
    /// When it was made.
    public let createdAt: Timestamp
    /// From when it signs no more; nil while it does not end.
    public let expiresAt: Timestamp?

    /// Creates the value from its parts.
    public init(id: WebhookKeyID, createdAt: Timestamp, expiresAt: Timestamp? = nil) {
        self.id = id
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// Why an endpoint is off.
public enum WebhookDisabledReason: String, Sendable, CaseIterable, DocumentWord {
    /// The merchant switched it off.
    case merchant
    /// It answered that it is gone for good (410).
    case gone
    /// It has failed without exception for days.
    case failing
}

/// How far an endpoint is on the way to being switched off.
public struct WebhookWarning: Sendable, Equatable {
    /// The part of the time that has passed, in percent.
    public let percent: Int32
    /// The first failure since the last success.
    public let failingSince: Timestamp

    /// Creates the value from its parts.
    public init(percent: Int32, failingSince: Timestamp) {
        self.percent = percent
        self.failingSince = failingSince
    }
}

/// A wish to deliver again what was delivered, failed or held.
public struct WebhookReplay: Sendable, Equatable {
    /// Its identifier; also names its event stream.
    public let id: WebhookReplayID
    /// The endpoint to deliver to.
    public let endpointID: WebhookEndpointID
    /// The one delivery that is wanted; nil for all that fit.
    public let deliveryID: String?
    /// Only events from this moment on.
    public let from: Timestamp?
    /// Only events before this moment.
    public let until: Timestamp?
    /// Only these types; names, `charge.*`, or none for all.
    public let types: [String]
    /// Only deliveries with these statuses; none for all that are not waiting anyway.
    public let statuses: [String]
    /// How many deliveries fitted when it was asked for.
    public let matched: Int64
    /// When it was asked for.
    public let requestedAt: Timestamp

    /// Creates the value from its parts.
    public init(
        id: WebhookReplayID,
        endpointID: WebhookEndpointID,
        deliveryID: String? = nil,
        from: Timestamp? = nil,
        until: Timestamp? = nil,
        types: [String] = [],
        statuses: [String] = [],
        matched: Int64,
        requestedAt: Timestamp
    ) {
        self.id = id
        self.endpointID = endpointID
        self.deliveryID = deliveryID
        self.from = from
        self.until = until
        self.types = types
        self.statuses = statuses
        self.matched = matched
        self.requestedAt = requestedAt
    }
}

extension WebhookReplay {
    /// The same wish with the moment at which it was taken, which is the merchant's time.
    func asked(at moment: Timestamp) -> WebhookReplay {
        WebhookReplay(
            id: id,
            endpointID: endpointID,
            deliveryID: deliveryID,
            from: from,
            until: until,
            types: types,
            statuses: statuses,
            matched: matched,
            requestedAt: moment
        )
    }
}
