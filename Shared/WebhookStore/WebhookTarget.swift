import JSON
import Money
public import Payments
import Postgres

/// An endpoint as the webhook service has it.
public struct WebhookTarget: Sendable, Equatable {
    /// The endpoint after the last fact of the feed.
    public let endpoint: WebhookEndpoint

    /// Names the endpoint with its merchant.
    public var key: TargetKey {
        TargetKey(merchantID: endpoint.merchantID, endpointID: endpoint.id)
    }

    /// Takes an endpoint.
    public init(endpoint: WebhookEndpoint) {
        self.endpoint = endpoint
    }

    /// Whether deliveries are sent.
    public var isEnabled: Bool { endpoint.settings.isEnabled && !endpoint.isDeleted }

    static func endpoint(_ document: [UInt8]) throws -> WebhookEndpoint {
        try WebhookEndpoint(document: try JSON(parsing: document))
    }
}

/// An endpoint of a merchant.
public struct TargetKey: Sendable, Hashable, Comparable {
    /// Whose endpoint it is.
    public let merchantID: MerchantID
    /// The endpoint.
    public let endpointID: WebhookEndpointID

    /// Names an endpoint.
    public init(merchantID: MerchantID, endpointID: WebhookEndpointID) {
        self.merchantID = merchantID
        self.endpointID = endpointID
    }

    /// The order in which rows are locked.
    public static func < (left: TargetKey, right: TargetKey) -> Bool {
        (left.merchantID, left.endpointID) < (right.merchantID, right.endpointID)
    }

    init(merchant: String, endpoint: String) throws(PostgresError) {
        guard let merchantID = MerchantID(rawValue: merchant),
            let endpointID = WebhookEndpointID(rawValue: endpoint)
        else { throw PostgresError(.typeMismatch, "an identifier is malformed") }
        self.init(merchantID: merchantID, endpointID: endpointID)
    }
}

extension PostgresTimestamp {
    /// A moment of the rules as the database's.
    init(_ time: Timestamp) {
        self.init(microsecondsSinceEpoch: time.microsecondsSinceEpoch)
    }

    /// The database's moment as one of the rules'.
    var timestamp: Timestamp { Timestamp(microsecondsSinceEpoch: microsecondsSinceEpoch) }
}

extension JSON {
    /// The compact form as text.
    var text: String { String(decoding: serialized(), as: UTF8.self) }
}
