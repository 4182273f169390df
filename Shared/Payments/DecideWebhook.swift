import Money

/// Decisions about webhook endpoints: they never need the network.
extension SubmittedCommand {
    func decide(
        _ command: WebhookCommand,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        if case .create(let request) = command {
            return try create(request, given: aggregates, at: now)
        }
        guard let endpoint = aggregates.webhookEndpoint, endpoint.id == command.endpointID,
            endpoint.merchantID == merchantID, !endpoint.isDeleted
        else { throw .webhookEndpointNotFound(command.endpointID) }
        switch command {
        case .create: throw .alreadyExists(.webhookEndpoint(endpoint.id))
        case .update(let request):
            let settings = request.applied(to: endpoint.settings)
            return settings == endpoint.settings
                ? Decision(reply: .webhookEndpoint(endpoint.id))
                : try change(endpoint, .updated(settings))
        case .delete: return try change(endpoint, .deleted, keepingRoom: false)
        case .rotateSecret(_, let keyID, let graceSeconds):
            let until = now.adding(seconds: graceSeconds)
            let overlapping = graceSeconds > 0 ? endpoint.liveKeys(at: now).count : 0
            guard overlapping < WebhookEndpoint.maximumLiveKeys else {
                throw .tooManyWebhookKeys(endpoint.id)
            }
            let key = WebhookKey(id: keyID, createdAt: now)
            return try change(endpoint, .secretRotated(key, othersUntil: until))
        case .replay(let replay):
            return Decision(
                events: [
                    StreamEvent(
                        stream: .webhookReplay(replay.id),
                        event: .webhookReplayRequested(replay.asked(at: now))
                    )
                ],
                reply: .webhookReplay(replay.id)
            )
        case .warn(_, let warning):
            guard endpoint.settings.isEnabled, endpoint.warning != warning else {
                return Decision(reply: .webhookEndpoint(endpoint.id))
            }
            return try change(endpoint, .warned(warning))
        case .disable(_, let reason):
            guard endpoint.settings.isEnabled else {
                return Decision(reply: .webhookEndpoint(endpoint.id))
            }
            return try change(endpoint, .disabled(reason), keepingRoom: false)
        }
    }

    private func create(
        _ request: CreateWebhookEndpoint,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        guard let merchant = aggregates.merchant else { throw .merchantNotFound(merchantID) }
        guard aggregates.webhookEndpoint == nil else {
            throw .alreadyExists(.webhookEndpoint(request.endpointID))
        }
        let endpoint = WebhookEndpoint(
            id: request.endpointID,
            merchantID: merchantID,
            livemode: merchant.livemode,
            apiVersion: request.apiVersion,
            settings: request.settings,
            keys: [WebhookKey(id: request.keyID, createdAt: now)],
            createdAt: now
        )
        return Decision(
            events: [
                StreamEvent(
                    stream: .webhookEndpoint(request.endpointID),
                    event: .webhookEndpoint(.created(endpoint))
                )
            ],
            reply: .webhookEndpoint(request.endpointID)
        )
    }

    /// Appends one fact; all but the last ones leave room for an end.
    private func change(
        _ endpoint: WebhookEndpoint,
        _ event: WebhookEndpointEvent,
        keepingRoom: Bool = true
    ) throws(Refusal) -> Decision {
        guard endpoint.version + (keepingRoom ? 16 : 1) <= Payment.maximumVersion else {
            throw .tooManyChanges(.webhookEndpoint(endpoint.id))
        }
        return Decision(
            events: [
                StreamEvent(stream: .webhookEndpoint(endpoint.id), event: .webhookEndpoint(event))
            ],
            reply: .webhookEndpoint(endpoint.id)
        )
    }
}
