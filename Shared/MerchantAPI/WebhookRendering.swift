public import JSON
import Money
public import Payments

/// Renders webhook endpoints and what belongs to them.
extension ResourceRenderer {
    /// An endpoint, without any secret: who answers a creation or a rotation adds it.
    public func webhookEndpoint(_ endpoint: WebhookEndpoint) -> JSON {
        let settings = endpoint.settings
        return [
            "id": .string(endpoint.id.rawValue),
            "object": "webhook_endpoint",
            "api_version": .text(endpoint.apiVersion),
            "application": .null,
            "created": .moment(endpoint.createdAt),
            "description": .text(settings.description),
            "disabled_reason": .text(endpoint.disabledReason?.rawValue),
            "enabled_events": .array(settings.enabledEvents.map { .string($0) }),
            "last_warning": endpoint.warning.map { warning in
                [
                    "failing_since": .moment(warning.failingSince),
                    "percent": .integer(Int64(warning.percent)),
                ]
            } ?? .null,
            "livemode": .bool(endpoint.livemode),
            "metadata": settings.metadata.document,
            "ordering": settings.isOrdered ? "object" : "none",
            "rate_limit": .number(settings.ratePerSecond),
            "retry_schedule": settings.retrySeconds
                .map { .array($0.map { .integer($0) }) } ?? .null,
            "signing_keys": .array(
                endpoint.keys.map { key in
                    [
                        "id": .string(key.id.rawValue),
                        "created": .moment(key.createdAt),
                        "expires_at": .moment(key.expiresAt),
                    ]
                }
            ),
            "status": settings.isEnabled ? "enabled" : "disabled",
            "url": .string(settings.url),
        ]
    }

    /// What is left of a deleted endpoint.
    public func deletedWebhookEndpoint(_ id: WebhookEndpointID) -> JSON {
        ["id": .string(id.rawValue), "object": "webhook_endpoint", "deleted": true]
    }

    /// A wish to deliver again.
    public func webhookReplay(_ replay: WebhookReplay) -> JSON {
        webhookReplay(replay, isDryRun: false)
    }

    /// A wish to deliver again, or only the count of what it would come to.
    public func webhookReplay(_ replay: WebhookReplay, isDryRun: Bool) -> JSON {
        [
            "id": isDryRun ? .null : .string(replay.id.rawValue),
            "object": "webhook_replay",
            "created": .moment(replay.requestedAt),
            "delivery": .text(replay.deliveryID),
            "dry_run": .bool(isDryRun),
            "from": .moment(replay.from),
            "matched": .integer(replay.matched),
            "status": replay.statuses.isEmpty
                ? .null : .array(replay.statuses.map { .string($0) }),
            "to": .moment(replay.until),
            "types": replay.types.isEmpty ? .null : .array(replay.types.map { .string($0) }),
            "webhook_endpoint": .string(replay.endpointID.rawValue),
        ]
    }
}
