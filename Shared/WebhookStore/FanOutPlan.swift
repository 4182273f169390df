import EventStore
import Money
import Payments
import Postgres
import Projections
import Webhooks

/// What one round of the fan-out comes to: the facts are taken in the order of the feed.
struct FanOutPlan {
    private var targets: [MerchantID: [WebhookTarget]]
    private let ahead: [MerchantID: Int64]
    private let now: Timestamp
    private var deliveries: [PlannedDelivery] = []
    private var messages: [MessageKey: FanOut.Message] = [:]
    private var changed: [TargetKey: WebhookTarget] = [:]
    private var replays: [(merchantID: MerchantID, replay: WebhookReplay)] = []
    private var generator = SystemRandomNumberGenerator()

    private struct MessageKey: Hashable {
        let merchantID: MerchantID
        let eventID: String
        let apiVersion: String
    }

    /// Plans at a moment of real time, for merchants whose clocks are so far ahead.
    init(
        targets: [MerchantID: [WebhookTarget]],
        ahead: [MerchantID: Int64],
        now: Timestamp
    ) {
        self.targets = targets
        self.ahead = ahead
        self.now = now
    }

    /// What time it is for a merchant.
    private func now(of merchantID: MerchantID) -> Timestamp {
        now.adding(microseconds: ahead[merchantID] ?? 0)
    }

    var deliveryCount: Int { deliveries.count }

    /// Whether a fact's API events have to be known: somebody may listen.
    ///
    /// Endpoints that are made within the round are not known yet, so all facts of their merchants
    /// count.
    mutating func mayMatter(_ row: EventRow) -> Bool {
        if case .webhookEndpoint(.created) = row.recorded.event {
            targets[row.merchantID, default: []] += []
        }
        guard EventSubject.isTold(row.recorded.stream) else { return false }
        return targets[row.merchantID] != nil
    }

    /// Takes a fact: what it says about an endpoint counts from here on, and everything that
    /// merchants are told of it becomes deliveries.
    ///
    /// What they are told of is said in ``Payments/EventSubject``: a new kind of stream (payouts,
    /// disputes) is added there, and comes here as `shown` by itself.
    mutating func take(
        _ row: EventRow,
        shown: [ShownEvent],
        versions: [MerchantID: String]
    ) throws {
        if case .webhookEndpoint = row.recorded.event { try change(row) }
        if case .webhookReplayRequested(let replay) = row.recorded.event {
            replays.append((row.merchantID, replay))
        }
        for event in shown { deliver(event, of: row.merchantID, versions) }
    }

    private mutating func change(_ row: EventRow) throws {
        guard case .webhookEndpoint(let id) = row.recorded.stream else { return }
        var known = targets[row.merchantID] ?? []
        let index = known.firstIndex { $0.endpoint.id == id }
        var aggregates = Aggregates(webhookEndpoint: index.map { known[$0].endpoint })
        try aggregates.apply(row.recorded)
        guard let endpoint = aggregates.webhookEndpoint else { return }
        let target = WebhookTarget(endpoint: endpoint)
        changed[target.key] = target
        if let index {
            known[index] = target
            if endpoint.isDeleted { known.remove(at: index) }
        } else {
            known.append(target)
        }
        targets[row.merchantID] = known
    }

    private mutating func deliver(
        _ event: ShownEvent,
        of merchantID: MerchantID,
        _ versions: [MerchantID: String]
    ) {
        let type = event.event.type.rawValue
        let now = now(of: merchantID)
        let listeners = (targets[merchantID] ?? []).filter {
            EventFilter($0.endpoint.settings.enabledEvents).matches(type)
        }
        for target in listeners {
            let version = target.endpoint.apiVersion ?? versions[merchantID] ?? ""
            let id = event.event.id
            let key = MessageKey(
                merchantID: merchantID,
                eventID: id.rawValue,
                apiVersion: version
            )
            messages[key] = FanOut.Message(
                shown: event,
                apiVersion: version,
                endpointCount: listeners.count
            )
            let isSent = target.isEnabled
            let schedule = RetrySchedule(target.endpoint.settings.retrySeconds)
            deliveries.append(
                PlannedDelivery(
                    id: WebhookDeliveryID.generate(at: now, using: &generator),
                    target: target.key,
                    eventID: id.rawValue,
                    eventType: type,
                    eventAt: event.recordedAt,
                    apiVersion: version,
                    stream: id.stream.rawValue,
                    sequence: Int64(id.version) * 26 + Int64(id.index),
                    dueAt: isSent
                        ? schedule.due(step: 0, after: now, using: &generator) ?? now : nil,
                    createdAt: now
                )
            )
        }
    }

    /// The statements of the round, in the order in which they must run.
    func statements(render: (FanOut.Message) throws -> [UInt8]) throws -> [Query] {
        let awake = Set(deliveries.filter { $0.dueAt != nil }.map(\.target))
            .union(replays.map { TargetKey(merchantID: $0.0, endpointID: $0.1.endpointID) })
            .union(changed.values.filter(\.isEnabled).map(\.key))
        let touched = awake.union(changed.keys)
        // Endpoints before their deliveries, each in the order of its key, as all others lock them.
        var statements: [Query] = touched.isEmpty ? [] : [FanOutStatements.lock(touched.sorted())]
        if !changed.isEmpty {
            statements += FanOutStatements.store(
                changed.values.sorted { $0.key < $1.key }.map {
                    ($0, EndpointHealth(at: now(of: $0.key.merchantID)))
                }
            )
        }
        if !messages.isEmpty {
            let bodies = try messages.map { key, message in
                FanOutStatements.Body(
                    merchantID: key.merchantID,
                    eventID: key.eventID,
                    apiVersion: key.apiVersion,
                    bytes: try render(message)
                )
            }
            statements.append(FanOutStatements.insert(bodies, at: now))
            statements.append(FanOutStatements.insert(deliveries))
        }
        for target in changed.values where !target.isEnabled {
            statements.append(FanOutStatements.stop(target, at: now(of: target.key.merchantID)))
        }
        for (merchantID, replay) in replays {
            statements.append(
                FanOutStatements.replay(replay, of: merchantID, at: now(of: merchantID))
            )
        }
        if !awake.isEmpty { statements.append(FanOutStatements.wake(awake.sorted(), at: now)) }
        return statements
    }
}

/// A delivery that a round makes.
struct PlannedDelivery: Sendable {
    let id: WebhookDeliveryID
    let target: TargetKey
    let eventID: String
    let eventType: String
    let eventAt: Timestamp
    let apiVersion: String
    let stream: String
    let sequence: Int64
    /// When it is due; nil when it is held.
    let dueAt: Timestamp?
    let createdAt: Timestamp
}
