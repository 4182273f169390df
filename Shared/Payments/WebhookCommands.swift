/// What a merchant, or the webhook service, wants done with an endpoint.
public enum WebhookCommand: Sendable, Equatable {
    /// Make an endpoint; its first key comes with it.
    case create(CreateWebhookEndpoint)
    /// Change its settings.
    case update(UpdateWebhookEndpoint)
    /// Delete it.
    case delete(WebhookEndpointID)
    /// Give it a new key; the others sign until their time of grace is over.
    case rotateSecret(WebhookEndpointID, key: WebhookKeyID, graceSeconds: Int64)
    /// Deliver again.
    case replay(WebhookReplay)
    /// Say that it fails.
    case warn(WebhookEndpointID, WebhookWarning)
    /// Switch it off because of how it answers.
    case disable(WebhookEndpointID, WebhookDisabledReason)

    /// Which kind of command it is.
    public var kind: Command.Kind {
        switch self {
        case .create: .createWebhookEndpoint
        case .update: .updateWebhookEndpoint
        case .delete: .deleteWebhookEndpoint
        case .rotateSecret: .rotateWebhookSecret
        case .replay: .replayWebhooks
        case .warn: .warnWebhookEndpoint
        case .disable: .disableWebhookEndpoint
        }
    }

    /// The endpoint that it is about.
    public var endpointID: WebhookEndpointID {
        switch self {
        case .create(let request): request.endpointID
        case .update(let request): request.endpointID
        case .replay(let replay): replay.endpointID
        case .delete(let id), .rotateSecret(let id, _, _), .warn(let id, _), .disable(let id, _):
            id
        }
    }

    /// The stream that it works on.
    var target: StreamID {
        switch self {
        case .replay(let replay): .webhookReplay(replay.id)
        case .create, .update, .delete, .rotateSecret, .warn, .disable:
            .webhookEndpoint(endpointID)
        }
    }

    /// The streams that must be loaded, the target first.
    var streams: [StreamID] {
        switch self {
        case .replay: [target, .webhookEndpoint(endpointID)]
        case .create, .update, .delete, .rotateSecret, .warn, .disable: [target]
        }
    }
}

/// Makes a webhook endpoint.
public struct CreateWebhookEndpoint: Sendable, Equatable {
    /// The new endpoint.
    public let endpointID: WebhookEndpointID
    /// Its first key.
    public let keyID: WebhookKeyID
    /// The version that events are rendered in.
    public let apiVersion: String?
    /// All that can be changed later.
    public let settings: WebhookSettings

    /// Creates the value from its parts.
    public init(
        endpointID: WebhookEndpointID,
        keyID: WebhookKeyID,
        apiVersion: String?,
        settings: WebhookSettings
    ) {
        self.endpointID = endpointID
        self.keyID = keyID
        self.apiVersion = apiVersion
        self.settings = settings
    }
}

/// Changes an endpoint's settings; what is nil stays.
public struct UpdateWebhookEndpoint: Sendable, Equatable {
    /// The endpoint.
    public let endpointID: WebhookEndpointID
    /// The new address.
    public let url: String?
    /// The new types.
    public let enabledEvents: [String]?
    /// The new words.
    public let description: FieldChange
    /// The change of the merchant's pairs.
    public let metadata: MetadataChange
    /// Whether it is to be on.
    public let isEnabled: Bool?
    /// The new schedule; an empty one stands for the usual.
    public let retrySeconds: [Int64]?
    /// The new limit; 0 stands for the usual.
    public let ratePerSecond: Int64?
    /// Whether events about one object wait for the one before them.
    public let isOrdered: Bool?

    /// Creates the value from its parts.
    public init(
        endpointID: WebhookEndpointID,
        url: String? = nil,
        enabledEvents: [String]? = nil,
        description: FieldChange = .keep,
        metadata: MetadataChange = MetadataChange(),
        isEnabled: Bool? = nil,
        retrySeconds: [Int64]? = nil,
        ratePerSecond: Int64? = nil,
        isOrdered: Bool? = nil
    ) {
        self.endpointID = endpointID
        self.url = url
        self.enabledEvents = enabledEvents
        self.description = description
        self.metadata = metadata
        self.isEnabled = isEnabled
        self.retrySeconds = retrySeconds
        self.ratePerSecond = ratePerSecond
        self.isOrdered = isOrdered
    }

    /// The settings after the change.
    func applied(to settings: WebhookSettings) -> WebhookSettings {
        var changed = settings
        if let url { changed.url = url }
        if let enabledEvents { changed.enabledEvents = enabledEvents }
        changed.description = description.applied(to: settings.description)
        changed.metadata = settings.metadata.applying(metadata)
        if let isEnabled { changed.isEnabled = isEnabled }
        if let retrySeconds { changed.retrySeconds = retrySeconds.isEmpty ? nil : retrySeconds }
        if let ratePerSecond {
            changed.ratePerSecond = ratePerSecond == 0 ? nil : ratePerSecond
        }
        if let isOrdered { changed.isOrdered = isOrdered }
        return changed
    }
}
