/// Names a webhook endpoint, and names its event stream.
public struct WebhookEndpointID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "we_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Names a key that signs deliveries; it is no secret.
public struct WebhookKeyID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "whk_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Names a wish to deliver again, and names its event stream.
public struct WebhookReplayID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "whr_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Names the delivery of one event to one endpoint.
public struct WebhookDeliveryID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "whd_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}
