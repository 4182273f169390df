/// Webhook endpoints, their deliveries, and delivering again.
extension Endpoint {
    private static let url = ParameterType.text(maximumLength: 2_048)
    private static let events = ParameterType.list(.text(maximumLength: 64), maximumCount: 300)

    /// Ours beyond Stripe's: how an endpoint wants its deliveries.
    private static let delivery: [Parameter] = [
        Parameter(
            "retry_schedule",
            .list(.integer(0...86_400), maximumCount: 20),
            unsettable: true
        ),
        Parameter("rate_limit", .integer(1...50_000), unsettable: true),
        Parameter("ordering", .choice(["none", "object"])),
    ]

    static let webhooks: [Endpoint] = [
        .post(
            "/v1/webhook_endpoints",
            .createWebhookEndpoint,
            .webhookEndpoint,
            "Makes an endpoint that events are posted to; its secret is shown once.",
            [
                Parameter("url", url, required: true),
                Parameter("enabled_events", events, required: true),
                Parameter("api_version", .text(maximumLength: 64)),
                .description, .metadata,
                Parameter("connect", .unsupported("Connected accounts are not served here.")),
            ] + delivery
        ),
        .list(
            "/v1/webhook_endpoints",
            .listWebhookEndpoints,
            .webhookEndpoint,
            "Lists endpoints, newest first."
        ),
        .get(
            "/v1/webhook_endpoints/{webhook_endpoint}",
            .retrieveWebhookEndpoint,
            .webhookEndpoint,
            "Shows an endpoint."
        ),
        .post(
            "/v1/webhook_endpoints/{webhook_endpoint}",
            .updateWebhookEndpoint,
            .webhookEndpoint,
            "Changes an endpoint; events for one that is disabled are held.",
            [
                Parameter("url", url), Parameter("enabled_events", events), .description,
                .metadata, Parameter("disabled", .boolean),
            ] + delivery
        ),
        .delete(
            "/v1/webhook_endpoints/{webhook_endpoint}",
            .deleteWebhookEndpoint,
            .webhookEndpoint,
            "Deletes an endpoint; nothing more is delivered to it."
        ),
        .post(
            "/v1/webhook_endpoints/{webhook_endpoint}/rotate_secret",
            .rotateWebhookSecret,
            .webhookEndpoint,
            "Gives an endpoint a new secret; the earlier ones sign too until the grace is over.",
            [Parameter("grace_period_seconds", .integer(0...2_592_000))]
        ),
        .post(
            "/v1/webhook_endpoints/{webhook_endpoint}/replay",
            .replayWebhooks,
            .webhookReplay,
            "Delivers again what was delivered, failed or was held; or counts it.",
            [
                Parameter("from", .integer(0...100_000_000_000)),
                Parameter("to", .integer(0...100_000_000_000)),
                Parameter("types", .list(.text(maximumLength: 64), maximumCount: 20)),
                Parameter("status", .choice(["failed", "held", "succeeded"])),
                Parameter("dry_run", .boolean),
            ]
        ),
        .list(
            "/v1/webhook_deliveries",
            .listWebhookDeliveries,
            .webhookDelivery,
            "Lists deliveries, newest first.",
            [
                .created, Parameter("endpoint", .text(maximumLength: 255)),
                Parameter("event", .text(maximumLength: 255)),
                Parameter("type", .text(maximumLength: 64)),
                Parameter(
                    "status",
                    .choice(["pending", "succeeded", "failed", "held", "canceled"])
                ),
            ]
        ),
        .get(
            "/v1/webhook_deliveries/{id}",
            .retrieveWebhookDelivery,
            .webhookDelivery,
            "Shows a delivery with every attempt: what was sent, to where, and what came back."
        ),
        .post(
            "/v1/webhook_deliveries/{id}/retry",
            .retryWebhookDelivery,
            .webhookReplay,
            "Delivers one event to one endpoint again, now."
        ),
    ]
}
