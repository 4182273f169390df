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
    /// When, by the merchant's time.
    public let at: Timestamp
}

/// Stores ended attempts in batches: the log, what becomes of each delivery, each endpoint's health.
public struct AttemptLog: Sendable {
    /// The most attempts of one transaction.
    public static let maximumBatch = 256

    private let pool: PostgresPool
    private let clock: @Sendable () -> Timestamp
    private let report: @Sendable ([EndpointReport]) -> Query

    /// Writes through a pool.
    ///
    /// - Parameters:
    ///   - pool: Connections in the webhook service's role.
    ///   - clock: The real time.
    ///   - report: The statement that has reports recorded. It runs in the transaction of the attempts
    ///     that gave rise to them, so none is lost and none is made up.
    public init(
        pool: PostgresPool,
        clock: @escaping @Sendable () -> Timestamp,
        report: @escaping @Sendable ([EndpointReport]) -> Query
    ) {
        self.pool = pool
        self.clock = clock
        self.report = report
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
                let ahead = state.aheadMicroseconds
                let ownNow = now.adding(microseconds: ahead)
                let settings = state.target.endpoint.settings
                let report = state.health.record(
                    attempt.record.outcome,
                    isProbe: attempt.delivery.isProbe,
                    limitPerSecond: settings.ratePerSecond,
                    at: ownNow
                )
                if let report {
                    state.isOff = state.isOff || report.endsIt
                    reports.append(EndpointReport(target: key, report: report, at: ownNow))
                }
                targets[key] = state
                let verdict = DeliveryRules.verdict(
                    after: attempt.record.outcome,
                    step: Int(attempt.delivery.step),
                    dueAt: attempt.delivery.dueAt,
                    startedAt: attempt.record.startedAt.adding(microseconds: ahead),
                    schedule: RetrySchedule(settings.retrySeconds),
                    retryAfter: attempt.record.responseHeader("retry-after")
                        .flatMap { RetryAfter.moment($0, now: now) }
                        .map { $0.adding(microseconds: ahead) },
                    now: ownNow,
                    using: &generator
                )
                results.append(
                    AttemptStatements.Result(
                        attempt,
                        verdict,
                        endpoint: state.target.endpoint,
                        aheadMicroseconds: ahead,
                        at: ownNow
                    )
                )
            }
            guard !results.isEmpty else { return [] }
            let states = targets.values.sorted { $0.target.key < $1.target.key }
                .map {
                    TargetState(
                        target: $0.target,
                        health: $0.health,
                        aheadMicroseconds: $0.aheadMicroseconds,
                        isOff: $0.isOff,
                        at: now
                    )
                }
            try await transaction.commit(
                after: [
                    AttemptStatements.insert(results),
                    AttemptStatements.decide(results),
                    TargetState.store(states, at: now),
                ] + (reports.isEmpty ? [] : [report(reports)])
            )
            return reports
        }
    }

    private struct Known {
        let target: WebhookTarget
        let aheadMicroseconds: Int64
        var health: EndpointHealth
        /// Whether it is to be switched off: nothing goes out while that is being recorded.
        var isOff = false
    }

    /// Locks endpoints, then deliveries, each in the order of its key.
    private func lock(
        _ attempts: [EndedAttempt],
        _ transaction: Transaction
    ) async throws -> (targets: [TargetKey: Known], held: Set<Int64>) {
        let keys = Set(attempts.map(\.delivery.target.key)).sorted()
        let results = try await transaction.pipeline([
            AttemptStatements.lockTargets(keys), AttemptStatements.lockHeld(attempts),
            ClaimStatements.ahead(keys),
        ])
        let ahead = try Dictionary(
            zip(keys, results[2].map { try $0.decode(Int64.self, at: 0) }),
            uniquingKeysWith: { first, _ in first }
        )
        var targets: [TargetKey: Known] = [:]
        for row in results[0] {
            let (endpoint, health) = try row.decode(([UInt8], [UInt8]).self)
            let target = WebhookTarget(endpoint: try WebhookTarget.endpoint(endpoint))
            let ahead = ahead[target.key] ?? 0
            let known = EndpointHealth(document: try JSON(parsing: health))
            targets[target.key] = Known(
                target: target,
                aheadMicroseconds: ahead,
                health: known ?? EndpointHealth(at: clock().adding(microseconds: ahead))
            )
        }
        let held = try results[1].map { try $0.decode(Int64.self, at: 0) }
        return (targets, Set(held))
    }
}
