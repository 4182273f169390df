import JSON
import MerchantAPI
import Money
import Payments
import Projections
import WebhookStore

/// Webhook endpoints and the log of deliveries.
extension MerchantAPIHandlers {
    func listWebhookEndpoints(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let all = try await reader(for: call).webhookEndpoints()
        let cut = try call.cut(all, id: { $0.id.rawValue }, createdAt: { $0.createdAt })
        return call.list(
            cut.items.map { call.renderer.webhookEndpoint($0) },
            hasMore: cut.hasMore
        )
    }

    func retrieveWebhookEndpoint(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let text = call.variable("webhook_endpoint")
        guard let id = WebhookEndpointID(rawValue: text),
            let endpoint = try await reader(for: call).webhookEndpoint(id)
        else { throw APIError.noSuch("webhook_endpoint", text, parameter: "webhook_endpoint") }
        return APIAnswer(JSONBody(call.renderer.webhookEndpoint(endpoint)))
    }

    func listWebhookDeliveries(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        var filter = DeliveryFilter()
        filter.endpointID = call.parameters.text("endpoint")
        filter.eventID = call.parameters.text("event")
        filter.eventType = call.parameters.text("type")
        filter.status = call.parameters.text("status")
        let wanted = filter
        let reader = try reader(for: call)
        let request = try call.page()
        let page = try await call.naming {
            try await reader.webhookDeliveries(request, filter: wanted)
        }
        return call.list(
            page.items.map { DeliveryRendering.delivery($0) },
            hasMore: page.hasMore
        )
    }

    func retrieveWebhookDelivery(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let text = call.variable("id")
        let reader = try reader(for: call)
        guard let delivery = try await reader.webhookDelivery(text) else {
            throw APIError.noSuch("webhook_delivery", text, parameter: "id")
        }
        let body = try await reader.webhookBody(ofDelivery: text) ?? []
        let attempts = try await reader.webhookAttempts(ofDelivery: text)
        return APIAnswer(
            JSONBody(DeliveryRendering.delivery(delivery, body: body, attempts: attempts))
        )
    }
}

/// Deliveries and attempts as the API shows them.
enum DeliveryRendering {
    static func delivery(_ delivery: LoggedDelivery) -> JSON {
        .object(members(delivery))
    }

    static func delivery(
        _ delivery: LoggedDelivery,
        body: [UInt8],
        attempts: [LoggedAttempt]
    ) -> JSON {
        let text = String(decoding: body, as: UTF8.self)
        return .object(
            members(delivery) + [
                JSON.Member(key: "request_body", value: .string(text)),
                JSON.Member(key: "attempts", value: .array(attempts.map { attempt($0) })),
            ]
        )
    }

    private static func members(_ delivery: LoggedDelivery) -> [JSON.Member] {
        let fields: [(String, JSON)] = [
            ("id", .string(delivery.id)),
            ("object", "webhook_delivery"),
            ("attempt_count", .integer(Int64(delivery.attempts))),
            ("created", .integer(delivery.createdAt.secondsSinceEpoch)),
            ("event", .string(delivery.eventID)),
            ("finished_at", number(delivery.finishedAt?.secondsSinceEpoch)),
            ("next_attempt_at", number(delivery.dueAt?.secondsSinceEpoch)),
            ("response_status", number(delivery.responseStatus.map { Int64($0) })),
            ("status", .string(delivery.status)),
            ("type", .string(delivery.eventType)),
            ("webhook_endpoint", .string(delivery.endpointID)),
        ]
        return fields.map { JSON.Member(key: $0.0, value: $0.1) }
    }

    private static func attempt(_ attempt: LoggedAttempt) -> JSON {
        [
            "object": "webhook_attempt",
            "created": .integer(attempt.startedAt.secondsSinceEpoch),
            "key_ids": .array(attempt.keyIDs.map { .string($0) }),
            "next_attempt_at": number(attempt.nextAttemptAt?.secondsSinceEpoch),
            "number": .integer(Int64(attempt.number)),
            "outcome": .string(attempt.outcome),
            "peer_address": attempt.peerAddress.map { .string($0) } ?? .null,
            "request_headers": headers(attempt.requestHeaders),
            "response_body": attempt.responseBody
                .map { .string(String(decoding: $0, as: UTF8.self)) } ?? .null,
            "response_body_truncated": .bool(attempt.isBodyCut),
            "response_headers": headers(attempt.responseHeaders),
            "response_status": number(attempt.responseStatus.map { Int64($0) }),
            "timings_microseconds": [
                "resolved": number(attempt.timings.resolve),
                "connected": number(attempt.timings.connect),
                "secured": number(attempt.timings.secure),
                "first_byte": number(attempt.timings.firstByte),
                "total": number(attempt.timings.total),
            ],
            "url": attempt.url.map { .string($0) } ?? .null,
        ]
    }

    private static func headers(_ stored: [UInt8]?) -> JSON {
        guard let stored, let headers = try? JSON(parsing: stored) else { return .array([]) }
        return headers
    }

    private static func number(_ value: Int64?) -> JSON { value.map { .integer($0) } ?? .null }
}
