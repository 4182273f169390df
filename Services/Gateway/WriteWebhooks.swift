import JSON
import MerchantAPI
import Payments
import Webhooks

/// What the gateway knows about webhooks: where endpoints may be, and how secrets are computed.
struct WebhookRules: Sendable {
    /// The most endpoints that a merchant may have.
    static let maximumEndpoints = 16
    /// How long the keys before a new one go on signing, unless the merchant says otherwise.
    static let usualGraceSeconds: Int64 = 86_400

    let policy: TargetPolicy
    let secrets: WebhookSecrets
}

/// Changes of webhook endpoints, and wishes to deliver again.
extension MerchantAPIHandlers {
    func writeWebhook(_ call: APICall) async throws -> APIAnswer {
        _ = try call.expansion()
        let requests = WebhookRequests(call: call, handlers: self)
        switch call.endpoint.operation {
        case .createWebhookEndpoint:
            return try revealing(try await run(try await requests.create(), call))
        case .rotateWebhookSecret: return try revealing(try await run(try requests.rotate(), call))
        case .updateWebhookEndpoint: return try await run(try requests.update(), call)
        case .deleteWebhookEndpoint: return try await run(try requests.delete(), call)
        case .replayWebhooks:
            let replay = try await requests.replay()
            guard call.parameters.boolean("dry_run") != true else {
                return APIAnswer(JSONBody(call.renderer.webhookReplay(replay, isDryRun: true)))
            }
            return try await run(.replay(replay), call)
        case .retryWebhookDelivery:
            return try await run(.replay(try await requests.retry()), call)
        case _: throw APIError.unexpected
        }
    }

    private func run(_ command: WebhookCommand, _ call: APICall) async throws -> APIAnswer {
        try await submit(.webhook(command), for: try call.merchant().id, call)
    }

    /// Adds the secret of the newest key to an endpoint; only a creation and a rotation do.
    ///
    /// The stored reply does not hold it: it is computed, so a repeated request gets it again.
    private func revealing(_ answer: APIAnswer) throws -> APIAnswer {
        guard answer.status == 200, case .object(let members) = try JSON(parsing: answer.body),
            case .string(let endpoint)? = JSON.object(members)["id"],
            case .array(let keys)? = JSON.object(members)["signing_keys"],
            case .string(let key)? = keys.first?["id"],
            let endpointID = WebhookEndpointID(rawValue: endpoint),
            let keyID = WebhookKeyID(rawValue: key)
        else { return answer }
        var revealed = answer
        let secret = webhooks.secrets.secret(of: endpointID, key: keyID)
        revealed.body =
            JSON.object(members + [JSON.Member(key: "secret", value: .string(secret))])
            .serialized()
        return revealed
    }
}
