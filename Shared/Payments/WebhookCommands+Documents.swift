public import JSON
import Money

extension WebhookCommand {
    /// The body of the command's row.
    var document: JSON {
        switch self {
        case .create(let request): request.document
        case .update(let request): request.document
        case .delete(let id): ["endpoint_id": id.document]
        case .rotateSecret(let id, let key, let grace):
            [
                "endpoint_id": id.document, "key_id": key.document,
                "grace_seconds": grace.document,
            ]
        case .replay(let replay): replay.document
        case .warn(let id, let warning):
            ["endpoint_id": id.document, "warning": warning.document]
        case .disable(let id, let reason):
            ["endpoint_id": id.document, "reason": reason.document]
        }
    }

    static func create(document: JSON) throws(DocumentError) -> WebhookCommand {
        .create(try .init(document: document))
    }

    static func update(document: JSON) throws(DocumentError) -> WebhookCommand {
        .update(try .init(document: document))
    }

    static func delete(document: JSON) throws(DocumentError) -> WebhookCommand {
        .delete(try Fields(document).required("endpoint_id"))
    }

    static func rotateSecret(document: JSON) throws(DocumentError) -> WebhookCommand {
        let fields = try Fields(document)
        return .rotateSecret(
            try fields.required("endpoint_id"),
            key: try fields.required("key_id"),
            graceSeconds: try fields.required("grace_seconds")
        )
    }

    static func replay(document: JSON) throws(DocumentError) -> WebhookCommand {
        .replay(try .init(document: document))
    }

    static func warn(document: JSON) throws(DocumentError) -> WebhookCommand {
        let fields = try Fields(document)
        return .warn(try fields.required("endpoint_id"), try fields.required("warning"))
    }

    static func disable(document: JSON) throws(DocumentError) -> WebhookCommand {
        let fields = try Fields(document)
        return .disable(try fields.required("endpoint_id"), try fields.required("reason"))
    }
}

extension CreateWebhookEndpoint: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            endpointID: try fields.required("endpoint_id"),
            keyID: try fields.required("key_id"),
            apiVersion: try fields.optional("api_version"),
            settings: try fields.required("settings")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "endpoint_id": endpointID.document,
            "key_id": keyID.document,
            "api_version": .optional(apiVersion),
            "settings": settings.document,
        ]
    }
}

extension UpdateWebhookEndpoint: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        let hasEvents: Bool = try fields.required("has_enabled_events")
        let hasSchedule: Bool = try fields.required("has_schedule")
        let events: [String] = try fields.list("enabled_events")
        let seconds: [Int64] = try fields.list("retry_seconds")
        self.init(
            endpointID: try fields.required("endpoint_id"),
            url: try fields.optional("url"),
            enabledEvents: hasEvents ? events : nil,
            description: try fields.required("description"),
            metadata: try fields.required("metadata"),
            isEnabled: try fields.optional("is_enabled"),
            retrySeconds: hasSchedule ? seconds : nil,
            ratePerSecond: try fields.optional("rate_per_second"),
            isOrdered: try fields.optional("is_ordered")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "endpoint_id": endpointID.document,
            "url": .optional(url),
            "has_enabled_events": .bool(enabledEvents != nil),
            "enabled_events": .list(enabledEvents ?? []),
            "description": description.document,
            "metadata": metadata.document,
            "is_enabled": .optional(isEnabled),
            "has_schedule": .bool(retrySeconds != nil),
            "retry_seconds": .list(retrySeconds ?? []),
            "rate_per_second": .optional(ratePerSecond),
            "is_ordered": .optional(isOrdered),
        ]
    }
}
