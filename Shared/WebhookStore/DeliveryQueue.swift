import JSON
public import Money
public import Payments
public import Postgres
import Webhooks

/// A delivery that this process may attempt, until its lease ends.
public struct ClaimedDelivery: Sendable, Equatable {
    /// The delivery.
    public let id: WebhookDeliveryID
    /// Where it goes.
    public let target: WebhookTarget
    /// How far the merchant's clock is ahead of real time.
    public let aheadMicroseconds: Int64
    /// The event; also the message's identifier.
    public let eventID: String
    /// The event's type.
    public let eventType: String
    /// The bytes that every attempt sends.
    public let body: [UInt8]
    /// Which attempt this is, from 1.
    public let number: Int32
    /// The step of the schedule.
    public let step: Int32
    /// When it was due; a probe may come earlier.
    public let dueAt: Timestamp
    /// Whether it is sent to learn whether the endpoint works again.
    public let isProbe: Bool
    /// The fence: who writes with an older one writes nothing.
    public let leaseToken: Int64

    /// Puts a claim together.
    public init(
        id: WebhookDeliveryID,
        target: WebhookTarget,
        aheadMicroseconds: Int64 = 0,
        eventID: String,
        eventType: String,
        body: [UInt8],
        number: Int32,
        step: Int32,
        dueAt: Timestamp,
        isProbe: Bool,
        leaseToken: Int64
    ) {
        self.id = id
        self.target = target
        self.aheadMicroseconds = aheadMicroseconds
        self.eventID = eventID
        self.eventType = eventType
        self.body = body
        self.number = number
        self.step = step
        self.dueAt = dueAt
        self.isProbe = isProbe
        self.leaseToken = leaseToken
    }
}

/// Claims deliveries that are due, fairly.
///
/// Merchants take turns, and so do the endpoints of each: the one that was served longest ago comes
/// first. Each endpoint's row is locked while its deliveries are claimed, so its cap, its rate and
/// its breaker hold over all instances together.
public struct DeliveryQueue: Sendable {
    /// The most endpoints of one claim.
    public static let maximumTargets = 128
    /// The most deliveries of one claim.
    public static let maximumClaim = 256

    private let pool: PostgresPool
    private let owner: String
    private let leaseSeconds: Int64
    private let clock: @Sendable () -> Timestamp

    /// Claims for an instance.
    public init(
        pool: PostgresPool,
        owner: String,
        leaseSeconds: Int64,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.pool = pool
        self.owner = owner
        self.leaseSeconds = leaseSeconds
        self.clock = clock
    }

    private struct Served {
        let target: WebhookTarget
        let aheadMicroseconds: Int64
        var health: EndpointHealth
        var allowance: EndpointHealth.Allowance
    }

    /// Claims up to so many deliveries, each with a lease.
    public func claim(limit: Int) async throws -> [ClaimedDelivery] {
        let now = clock()
        return try await pool.withTransaction { transaction in
            var served = try await lockTargets(transaction, at: now)
            guard !served.isEmpty else { return [] }
            let share = max(1, (limit + served.count - 1) / served.count)
            var wanted: [ClaimStatements.Wanted] = []
            var room = limit
            var passedOver: Set<TargetKey> = []
            for entry in served {
                let count: Int
                let isProbe: Bool
                switch entry.allowance {
                case .upTo(let most): (count, isProbe) = (min(Int(most), share, room), false)
                case .probe: (count, isProbe) = (min(1, room), true)
                case .nothing: (count, isProbe) = (0, false)
                }
                guard count > 0 else {
                    if room == 0 { passedOver.insert(entry.target.key) }
                    continue
                }
                room -= count
                wanted.append(
                    ClaimStatements.Wanted(
                        key: entry.target.key,
                        count: Int64(count),
                        isProbe: isProbe,
                        isOrdered: entry.target.endpoint.settings.isOrdered,
                        now: now.adding(microseconds: entry.aheadMicroseconds)
                    )
                )
            }
            let lease = ClaimStatements.Lease(owner: owner, now: now, seconds: leaseSeconds)
            let rows = try await transaction.query(ClaimStatements.claim(wanted, lease))
            let targets = Dictionary(
                served.map { ($0.target.key, ($0.target, $0.aheadMicroseconds)) },
                uniquingKeysWith: { first, _ in first }
            )
            let claimed = try rows.map { try ClaimStatements.claimed($0, targets) }
            let counts = Dictionary(grouping: claimed, by: \.target.key).mapValues(\.count)
            for index in served.indices {
                served[index].health.claimed(Int64(counts[served[index].target.key] ?? 0))
            }
            let states = served.map { entry in
                TargetState(
                    target: entry.target,
                    health: entry.health,
                    aheadMicroseconds: entry.aheadMicroseconds,
                    isServed: !passedOver.contains(entry.target.key),
                    at: now
                )
            }
            try await transaction.commit(after: [TargetState.store(states, at: now)]
            )
            return claimed
        }
    }

    private func lockTargets(
        _ transaction: Transaction,
        at now: Timestamp
    ) async throws -> [Served] {
        let rows = try await transaction.query(ClaimStatements.lockTargets(at: now))
        let locked = try rows.map { row in
            try row.decode((String, String, [UInt8], [UInt8]).self)
        }
        guard !locked.isEmpty else { return [] }
        let keys = try locked.map { try TargetKey(merchant: $0.0, endpoint: $0.1) }
        let results = try await transaction.pipeline([
            ClaimStatements.takeOver(keys, at: now, leaseSeconds: leaseSeconds),
            ClaimStatements.inFlight(keys), ClaimStatements.ahead(keys),
        ])
        let counts = try results[1].map { try $0.decode(Int64.self, at: 0) }
        let ahead = try results[2].map { try $0.decode(Int64.self, at: 0) }
        return try zip(locked, zip(counts, ahead)).map { row, known in
            let (inFlight, ahead) = known
            let target = WebhookTarget(endpoint: try WebhookTarget.endpoint(row.2))
            let ownNow = now.adding(microseconds: ahead)
            let stored = EndpointHealth(document: try JSON(parsing: row.3))
            var health = stored ?? EndpointHealth(at: ownNow)
            let allowance = health.allowance(
                limitPerSecond: target.endpoint.settings.ratePerSecond,
                inFlight: inFlight,
                at: ownNow
            )
            return Served(
                target: target,
                aheadMicroseconds: ahead,
                health: health,
                allowance: allowance
            )
        }
    }
}
