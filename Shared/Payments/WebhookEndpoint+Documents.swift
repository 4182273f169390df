public import JSON
import Money

extension WebhookEndpoint: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            merchantID: try fields.required("merchant_id"),
            livemode: try fields.required("livemode"),
            apiVersion: try fields.optional("api_version"),
            settings: try fields.required("settings"),
            keys: try fields.list("keys"),
            disabledReason: try fields.optional("disabled_reason"),
            warning: try fields.optional("warning"),
            isDeleted: try fields.required("is_deleted"),
            createdAt: try fields.required("created_at"),
            version: try fields.required("version")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "id": id.document,
            "merchant_id": merchantID.document,
            "livemode": livemode.document,
            "api_version": .optional(apiVersion),
            "settings": settings.document,
            "keys": .list(keys),
            "disabled_reason": .optional(disabledReason),
            "warning": .optional(warning),
            "is_deleted": isDeleted.document,
            "created_at": createdAt.document,
            "version": version.document,
        ]
    }
}

extension WebhookSettings: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        let hasSchedule: Bool = try fields.required("has_schedule")
        let seconds: [Int64] = try fields.list("retry_seconds")
        self.init(
            url: try fields.required("url"),
            enabledEvents: try fields.list("enabled_events"),
            description: try fields.optional("description"),
            metadata: try fields.required("metadata"),
            isEnabled: try fields.required("is_enabled"),
            retrySeconds: hasSchedule ? seconds : nil,
            ratePerSecond: try fields.optional("rate_per_second"),
            isOrdered: try fields.required("is_ordered")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "url": url.document,
            "enabled_events": .list(enabledEvents),
            "description": .optional(description),
            "metadata": metadata.document,
            "is_enabled": isEnabled.document,
            "has_schedule": .bool(retrySeconds != nil),
            "retry_seconds": .list(retrySeconds ?? []),
            "rate_per_second": .optional(ratePerSecond),
            "is_ordered": isOrdered.document,
        ]
    }
}

extension WebhookKey: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            createdAt: try fields.required("created_at"),
            expiresAt: try fields.optional("expires_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "id": id.document,
            "created_at": createdAt.document,
            "expires_at": .optional(expiresAt),
        ]
    }
}

extension WebhookWarning: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            percent: try fields.required("percent"),
            failingSince: try fields.required("failing_since")
        )
    }

    /// The stored form.
    public var document: JSON {
        ["percent": percent.document, "failing_since": failingSince.document]
    }
}

extension WebhookReplay: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            endpointID: try fields.required("endpoint_id"),
            deliveryID: try fields.optional("delivery_id"),
            from: try fields.optional("from"),
            until: try fields.optional("until"),
            types: try fields.list("types"),
            statuses: try fields.list("statuses"),
            matched: try fields.required("matched"),
            requestedAt: try fields.required("requested_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "id": id.document,
            "endpoint_id": endpointID.document,
            "delivery_id": .optional(deliveryID),
            "from": .optional(from),
            "until": .optional(until),
            "types": .list(types),
            "statuses": .list(statuses),
            "matched": matched.document,
            "requested_at": requestedAt.document,
        ]
    }
}
