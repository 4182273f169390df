import JSON
public import Money
import Payments
public import Postgres
public import Webhooks

/// An attempt that has ended, on its way into the log.
public struct EndedAttempt: Sendable {
    /// What was attempted.
    public let delivery: ClaimedDelivery
    /// What came of it.
    public let record: AttemptRecord

    /// Pairs the two.
    public init(delivery: ClaimedDelivery, record: AttemptRecord) {
        self.delivery = delivery
        self.record = record
    }
}

/// Something about an endpoint that its merchant has to be told.
public struct EndpointReport: Sendable, Equatable {
    /// The endpoint.
    public let target: TargetKey
    /// What it is.
    public let report: EndpointHealth.Report
}

/// Stores ended attempts in batches: the log, what becomes of each delivery, each endpoint's health.
public struct AttemptLog: Sendable {
    /// The most attempts of one transaction.
    public static let maximumBatch = 256

    private let pool: PostgresPool
    private let clock: @Sendable () -> Timestamp

    /// Writes through a pool.
    public init(pool: PostgresPool, clock: @escaping @Sendable () -> Timestamp) {
        self.pool = pool
        self.clock = clock
    }

    /// Stores a batch; attempts whose lease is another's by now are left out.
    public func store(_ attempts: [EndedAttempt]) async throws -> [EndpointReport] {
        let now = clock()
        return try await pool.withTransaction { transaction in
            let locked = try await lock(attempts, transaction)
            var targets = locked.targets
            var reports: [EndpointReport] = []
            var results: [AttemptStatements.Result] = []
            var generator = SystemRandomNumberGenerator()
            for attempt in attempts where locked.held.contains(attempt.delivery.leaseToken) {
                let key = attempt.delivery.target.key
                guard var state = targets[key] else { continue }
                let settings = state.target.endpoint.settings
                let report = state.health.record(
                    attempt.record.outcome,
                    isProbe: attempt.delivery.isProbe,
                    limitPerSecond: settings.ratePerSecond,
                    at: now
                )
                if let report { reports.append(EndpointReport(target: key, report: report)) }
                targets[key] = state
                let verdict = DeliveryRules.verdict(
                    after: attempt.record.outcome,
                    step: Int(attempt.delivery.step),
                    dueAt: attempt.delivery.dueAt,
                    startedAt: attempt.record.startedAt,
                    schedule: RetrySchedule(settings.retrySeconds),
                    retryAfter: attempt.record.responseHeader("retry-after")
                        .flatMap { RetryAfter.moment($0, now: now) },
                    now: now,
                    using: &generator
                )
                results.append(
                    AttemptStatements.Result(attempt, verdict, endpoint: state.target.endpoint)
                )
            }
            guard !results.isEmpty else { return [] }
            let states = targets.values.sorted { $0.target.key < $1.target.key }
                .map { TargetState(target: $0.target, health: $0.health, at: now) }
            try await transaction.commit(after: [
                AttemptStatements.insert(results),
                AttemptStatements.decide(results, at: now),
                TargetState.store(states, isServed: false, at: now),
            ])
            return reports
        }
    }

    private struct Known {
        let target: WebhookTarget
        var health: EndpointHealth
    }

    /// Locks endpoints, then deliveries, each in the order of its key.
    private func lock(
        _ attempts: [EndedAttempt],
        _ transaction: Transaction
    ) async throws -> (targets: [TargetKey: Known], held: Set<Int64>) {
        let keys = Set(attempts.map(\.delivery.target.key)).sorted()
        let results = try await transaction.pipeline([
            AttemptStatements.lockTargets(keys), AttemptStatements.lockHeld(attempts),
        ])
        var targets: [TargetKey: Known] = [:]
        for row in results.first.map({ Array($0) }) ?? [] {
            let (endpoint, health) = try row.decode(([UInt8], [UInt8]).self)
            let target = WebhookTarget(endpoint: try WebhookTarget.endpoint(endpoint))
            let known = EndpointHealth(document: try JSON(parsing: health))
            targets[target.key] = Known(
                target: target,
                health: known ?? EndpointHealth(at: clock())
            )
        }
        let held = try results.last?.map { try $0.decode(Int64.self, at: 0) } ?? []
        return (targets, Set(held))
    }
}
