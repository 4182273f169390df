import MerchantAPI
import Money
import Payments
import WebhookStore
import Webhooks

/// Makes commands of requests about webhooks.
struct WebhookRequests {
    let call: APICall
    let handlers: MerchantAPIHandlers

    private var parameters: ValidatedParameters { call.parameters }
    private var shared: CommandRequests { CommandRequests(call: call, handlers: handlers) }

    func create() async throws -> WebhookCommand {
        let known = try await handlers.reader(for: call).webhookEndpoints()
        guard known.count < WebhookRules.maximumEndpoints else {
            throw APIError.invalid(
                "You have reached the maximum of \(WebhookRules.maximumEndpoints) webhook "
                    + "endpoints."
            )
        }
        let version = parameters.text("api_version")
        if let version, APIVersion(rawValue: version) == nil {
            throw APIError.invalid("No such API version: \(version)", parameter: "api_version")
        }
        var generator = SystemRandomNumberGenerator()
        let now = handlers.clock()
        return .create(
            CreateWebhookEndpoint(
                endpointID: WebhookEndpointID.generate(at: now, using: &generator),
                keyID: WebhookKeyID.generate(at: now, using: &generator),
                apiVersion: version,
                settings: WebhookSettings(
                    url: try url() ?? "",
                    enabledEvents: try events() ?? [],
                    description: parameters.text("description"),
                    metadata: shared.metadata(),
                    retrySeconds: schedule().flatMap { $0.isEmpty ? nil : $0 },
                    ratePerSecond: parameters.integer("rate_limit"),
                    isOrdered: parameters.text("ordering") == "object"
                )
            )
        )
    }

    func update() throws -> WebhookCommand {
        .update(
            UpdateWebhookEndpoint(
                endpointID: try endpointID(),
                url: try url(),
                enabledEvents: try events(),
                description: shared.change("description"),
                metadata: shared.metadataChange() ?? MetadataChange(),
                isEnabled: parameters.boolean("disabled").map { !$0 },
                retrySeconds: schedule(),
                ratePerSecond: parameters.has("rate_limit")
                    ? parameters.integer("rate_limit") ?? 0 : nil,
                isOrdered: parameters.text("ordering").map { $0 == "object" }
            )
        )
    }

    func delete() throws -> WebhookCommand { .delete(try endpointID()) }

    func rotate() throws -> WebhookCommand {
        var generator = SystemRandomNumberGenerator()
        return .rotateSecret(
            try endpointID(),
            key: WebhookKeyID.generate(at: handlers.clock(), using: &generator),
            graceSeconds: parameters.integer("grace_period_seconds")
                ?? WebhookRules.usualGraceSeconds
        )
    }

    func replay() async throws -> WebhookReplay {
        let reader = try handlers.reader(for: call)
        let id = try endpointID()
        guard let endpoint = try await reader.webhookEndpoint(id) else {
            throw APIError.noSuch("webhook_endpoint", id.rawValue, parameter: "webhook_endpoint")
        }
        try requireEnabled(endpoint)
        let types = try checked(parameters.texts("types"), parameter: "types")
        let statuses = parameters.text("status").map { [$0] } ?? []
        let wish = make(id, types: types, statuses: statuses, matched: 0)
        let count = try await reader.deliveries(matching: wish)
        return make(id, types: types, statuses: statuses, matched: count)
    }

    func retry() async throws -> WebhookReplay {
        let reader = try handlers.reader(for: call)
        let text = call.variable("id")
        guard let delivery = try await reader.webhookDelivery(text),
            let id = WebhookEndpointID(rawValue: delivery.endpointID)
        else { throw APIError.noSuch("webhook_delivery", text, parameter: "id") }
        guard let endpoint = try await reader.webhookEndpoint(id) else {
            throw APIError.invalid("The delivery's endpoint was deleted.")
        }
        try requireEnabled(endpoint)
        let statuses = ["pending", "failed", "held", "succeeded"]
        return make(id, delivery: delivery.id, statuses: statuses, matched: 1)
    }

    private func requireEnabled(_ endpoint: WebhookEndpoint) throws(APIError) {
        guard endpoint.settings.isEnabled else {
            throw .invalid("The endpoint is disabled; enable it before you deliver to it again.")
        }
    }

    private func make(
        _ id: WebhookEndpointID,
        delivery: String? = nil,
        types: [String] = [],
        statuses: [String],
        matched: Int64
    ) -> WebhookReplay {
        var generator = SystemRandomNumberGenerator()
        let now = handlers.clock()
        return WebhookReplay(
            id: WebhookReplayID.generate(at: now, using: &generator),
            endpointID: id,
            deliveryID: delivery,
            from: parameters.integer("from").map { Timestamp(secondsSinceEpoch: $0) },
            until: parameters.integer("to").map { Timestamp(secondsSinceEpoch: $0) },
            types: types,
            statuses: statuses,
            matched: matched,
            requestedAt: now
        )
    }

    // MARK: - Values

    private func endpointID() throws(APIError) -> WebhookEndpointID {
        let text = call.variable("webhook_endpoint")
        guard let id = WebhookEndpointID(rawValue: text) else {
            throw .noSuch("webhook_endpoint", text, parameter: "webhook_endpoint")
        }
        return id
    }

    private func url() throws(APIError) -> String? {
        guard let text = parameters.text("url") else { return nil }
        do throws(TargetRefusal) {
            _ = try TargetURL(text, policy: handlers.webhooks.policy)
        } catch {
            throw .invalid(error.rawValue, parameter: "url", code: "url_invalid")
        }
        return text
    }

    private func events() throws(APIError) -> [String]? {
        guard parameters.has("enabled_events") else { return nil }
        let patterns = parameters.texts("enabled_events")
        guard !patterns.isEmpty else {
            throw .invalid("At least one event must be listed.", parameter: "enabled_events")
        }
        return try checked(patterns, parameter: "enabled_events")
    }

    private func checked(
        _ patterns: [String],
        parameter: String
    ) throws(APIError) -> [String] {
        for pattern in patterns where !WebhookEventTypes.isKnown(pattern) {
            throw .invalid("Unknown event type: \(pattern)", parameter: parameter)
        }
        return patterns
    }

    private func schedule() -> [Int64]? {
        guard let value = parameters["retry_schedule"] else { return nil }
        guard case .list(let elements) = value else { return [] }
        return elements.compactMap { element in
            guard case .integer(let number) = element else { return nil }
            return number
        }
    }
}

/// The event types that an endpoint may list.
///
/// All families that Stripe's contract names are taken, so that a merchant's existing list works; a
/// name that belongs to none of them is a mistake of the merchant's.
enum WebhookEventTypes {
    private static let families: Set = [
        "payment_intent", "charge", "refund", "payout", "balance", "balance_settings", "customer",
        "payment_method", "setup_intent", "radar", "review", "payment", "settlement", "dispute",
        "webhook_endpoint",
    ]

    /// Whether a pattern can name an event.
    static func isKnown(_ pattern: String) -> Bool {
        if pattern == "*" { return true }
        let parts = pattern.split(separator: ".", omittingEmptySubsequences: false)
        guard let family = parts.first, parts.count > 1, families.contains(String(family)) else {
            return false
        }
        let isFamily = parts.last == "*"
        return parts.dropFirst().dropLast(isFamily ? 1 : 0).allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }
        }
    }
}
