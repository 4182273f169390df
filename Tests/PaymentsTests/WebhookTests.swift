import JSON
import Money
import Payments
import Testing

/// Values of webhooks for the tests of this folder.
enum WebhookSample {
    static let endpointID = WebhookEndpointID(checked: "we_000000000000000000000001")
    static let firstKey = WebhookKeyID(checked: "whk_000000000000000000000001")
    static let secondKey = WebhookKeyID(checked: "whk_000000000000000000000002")
    static let now = Timestamp(secondsSinceEpoch: 1_800_000_000)

    static let settings = WebhookSettings(
        url: "https://shop.example.com/hooks",
        enabledEvents: ["charge.*"],
        description: "shop",
        metadata: Metadata([.init(key: "a", value: "b")]),
        retrySeconds: [0, 5],
        ratePerSecond: 7,
        isOrdered: true
    )
    static let warning = WebhookWarning(percent: 50, failingSince: now)
    static let replay = WebhookReplay(
        id: WebhookReplayID(checked: "whr_000000000000000000000001"),
        endpointID: endpointID,
        deliveryID: "whd_000000000000000000000001",
        from: now,
        until: now.adding(seconds: 5),
        types: ["charge.*"],
        statuses: ["held"],
        matched: 3,
        requestedAt: now
    )

    static func endpoint(of merchantID: MerchantID, keys: Int = 1) -> WebhookEndpoint {
        WebhookEndpoint(
            id: endpointID,
            merchantID: merchantID,
            livemode: false,
            apiVersion: nil,
            settings: settings,
            keys: (1...keys).map {
                WebhookKey(
                    id: WebhookKeyID(
                        checked: "whk_0000000000000000000000" + ($0 < 10 ? "0\($0)" : "\($0)")
                    ),
                    createdAt: now,
                    expiresAt: now.adding(seconds: 1_000)
                )
            },
            createdAt: now
        )
    }

    static func events(of merchantID: MerchantID) -> [RecordedEvent] {
        let facts: [WebhookEndpointEvent] = [
            .created(endpoint(of: merchantID)), .updated(settings),
            .secretRotated(WebhookKey(id: secondKey, createdAt: now), othersUntil: now),
            .warned(warning), .disabled(.gone), .deleted,
        ]
        let ofEndpoint = facts.enumerated().map { index, fact in
            RecordedEvent(
                stream: .webhookEndpoint(endpointID),
                version: Int32(index + 1),
                event: .webhookEndpoint(fact),
                recordedAt: now
            )
        }
        return ofEndpoint + [
            RecordedEvent(
                stream: .webhookReplay(replay.id),
                version: 1,
                event: .webhookReplayRequested(replay),
                recordedAt: now
            )
        ]
    }

    static let commands: [Command] = [
        .webhook(
            .create(
                CreateWebhookEndpoint(
                    endpointID: endpointID,
                    keyID: firstKey,
                    apiVersion: "2022-08-01",
                    settings: settings
                )
            )
        ),
        .webhook(
            .update(
                UpdateWebhookEndpoint(
                    endpointID: endpointID,
                    enabledEvents: [],
                    description: .clear,
                    isEnabled: false,
                    ratePerSecond: 0
                )
            )
        ),
        .webhook(.delete(endpointID)),
        .webhook(.rotateSecret(endpointID, key: secondKey, graceSeconds: 5)),
        .webhook(.replay(replay)), .webhook(.warn(endpointID, warning)),
        .webhook(.disable(endpointID, .failing)),
    ]
}

@Suite("Webhook endpoints change by commands")
struct WebhookTests {
    private let merchant = Sample.merchant(
        MerchantID(checked: "acct_000000000000000000000001")
    )
    private let now = WebhookSample.now

    private func decide(
        _ command: WebhookCommand,
        _ endpoint: WebhookEndpoint?
    ) -> (decision: Decision, after: WebhookEndpoint?) {
        var aggregates = Aggregates(merchant: merchant, webhookEndpoint: endpoint)
        let submitted = SubmittedCommand(
            id: 1,
            merchantID: merchant.id,
            receivedAt: now,
            command: .webhook(command)
        )
        let decision = submitted.decide(given: aggregates, at: now, mayHaveRun: false)
        _ = try? aggregates.append(decision.events, at: now)
        return (decision, aggregates.webhookEndpoint)
    }

    private func endpoint(keys: Int = 1) -> WebhookEndpoint {
        WebhookSample.endpoint(of: merchant.id, keys: keys)
    }

    @Test("A new endpoint has one key that does not end")
    func creation() throws {
        let command = try #require(WebhookSample.commands.first)
        guard case .webhook(let creation) = command else { return }
        let (decision, after) = decide(creation, nil)
        #expect(decision.reply == .webhookEndpoint(WebhookSample.endpointID))
        #expect(after?.keys.map(\.id) == [WebhookSample.firstKey])
        #expect(after?.keys.first?.expiresAt == nil)
        #expect(decide(creation, endpoint()).decision.events.isEmpty)
    }

    @Test("A rotation puts the new key first and lets the others end with the time of grace")
    func rotation() {
        let rotation = WebhookCommand.rotateSecret(
            WebhookSample.endpointID,
            key: WebhookSample.secondKey,
            graceSeconds: 60
        )
        let after = decide(rotation, endpoint()).after
        #expect(after?.keys.map(\.id) == [WebhookSample.secondKey, WebhookSample.firstKey])
        #expect(after?.keys.map(\.expiresAt) == [nil, now.adding(seconds: 60)])
        #expect(after?.liveKeys(at: now.adding(seconds: 59)).count == 2)
        #expect(after?.liveKeys(at: now.adding(seconds: 60)).count == 1)
    }

    @Test("No more than ten keys live at a time, unless the others end at once")
    func tooManyKeys() {
        let id = WebhookSample.endpointID
        let new = WebhookKeyID(checked: "whk_00000000000000000000ZZZZ")
        let full = endpoint(keys: 10)
        let refused = decide(.rotateSecret(id, key: new, graceSeconds: 1), full)
        #expect(refused.decision.reply == .refused(.tooManyWebhookKeys(id)))
        #expect(refused.decision.events.isEmpty)
        #expect(decide(.rotateSecret(id, key: new, graceSeconds: 0), full).after?.keys.count == 1)
    }

    @Test("An endpoint that was switched off for failing starts anew when it is switched on")
    func enabling() {
        let id = WebhookSample.endpointID
        let warned = decide(.warn(id, WebhookSample.warning), endpoint()).after
        let off = decide(.disable(id, .failing), warned).after
        #expect(off?.settings.isEnabled == false)
        #expect(off?.disabledReason == .failing)
        #expect(decide(.disable(id, .gone), off).decision.events.isEmpty)
        let on = decide(.update(UpdateWebhookEndpoint(endpointID: id, isEnabled: true)), off).after
        #expect(on?.settings.isEnabled == true)
        #expect(on?.disabledReason == nil)
        #expect(on?.warning == nil)
    }

    @Test("Nothing can be done with a deleted endpoint")
    func deletion() {
        let id = WebhookSample.endpointID
        let deleted = decide(.delete(id), endpoint()).after
        #expect(deleted?.isDeleted == true)
        for command in [WebhookCommand.delete(id), .disable(id, .gone)] {
            #expect(
                decide(command, deleted).decision.reply == .refused(.webhookEndpointNotFound(id))
            )
        }
    }

    @Test("An update that changes nothing stores nothing")
    func noChange() {
        let id = WebhookSample.endpointID
        let (decision, _) = decide(.update(UpdateWebhookEndpoint(endpointID: id)), endpoint())
        #expect(decision.events.isEmpty)
        #expect(decision.reply == .webhookEndpoint(id))
    }
}
