import CommandQueue
import EventStore
import Logging
import Money
import Postgres
import ServiceKit
import ServiceLifecycle
import WebhookStore

/// The webhook service without its process: from the feed to the endpoints.
///
/// Three loops: one turns the feed into deliveries, one claims deliveries and attempts them, one
/// removes what is old. At shutdown nothing is claimed any more, what is in flight comes to its end
/// and is stored.
final class WebhookService: Service {
    /// What the service works with.
    struct Dependencies: Sendable {
        let pool: PostgresPool
        let configuration: PostgresConfiguration
        /// Names this process in leases.
        let owner: String
        let attempt: @Sendable (ClaimedDelivery) async -> AttemptRecord
        let clock: @Sendable () -> Timestamp
        let metrics: Metrics
        let logger: Logger
        var poll = WakeUps.Poll(shortest: .milliseconds(20), longest: .milliseconds(250))
    }

    private let fanOut: FanOutLoop
    private let deliveries: DeliveryLoop
    private let retention: RetentionLoop
    private let feedWakeUps: WakeUps
    private let deliveryWakeUps: WakeUps
    private let log: Gatherer<EndedAttempt, Bool>

    init(_ dependencies: Dependencies, maximumInFlight: Int, leaseSeconds: Int64) {
        let metrics = WebhookMetrics(dependencies.metrics)
        let pool = dependencies.pool
        let feedWakeUps = WakeUps(
            configuration: dependencies.configuration,
            channels: [FeedCursor.channel],
            poll: dependencies.poll,
            logger: dependencies.logger
        )
        let deliveryWakeUps = WakeUps(
            configuration: dependencies.configuration,
            channels: [FanOutLoop.channel],
            poll: dependencies.poll,
            logger: dependencies.logger
        )
        let writer = AttemptWriter(
            log: AttemptLog(
                pool: pool,
                clock: dependencies.clock,
                report: { ReportDesk.statement(of: $0) }
            ),
            retrySeconds: leaseSeconds,
            wake: { deliveryWakeUps.wake() },
            metrics: metrics,
            logger: dependencies.logger
        )
        let log = Gatherer<EndedAttempt, Bool>(
            maximumBatch: AttemptLog.maximumBatch,
            maximumWaiting: maximumInFlight * 2,
            flush: { await writer.flush($0) }
        )
        fanOut = FanOutLoop(
            fanOut: FanOut(
                pool: pool,
                clock: dependencies.clock,
                render: { try MessageBody.bytes($0) }
            ),
            wakeUps: feedWakeUps,
            wake: { deliveryWakeUps.wake() },
            metrics: metrics,
            logger: dependencies.logger
        )
        deliveries = DeliveryLoop(
            queue: DeliveryQueue(
                pool: pool,
                owner: dependencies.owner,
                leaseSeconds: leaseSeconds,
                clock: dependencies.clock
            ),
            attempt: dependencies.attempt,
            store: { _ = try await log.submit($0) },
            maximumInFlight: maximumInFlight,
            wakeUps: deliveryWakeUps,
            metrics: metrics,
            logger: dependencies.logger
        )
        retention = RetentionLoop(
            retention: LogRetention(pool: pool),
            clock: dependencies.clock,
            logger: dependencies.logger
        )
        self.feedWakeUps = feedWakeUps
        self.deliveryWakeUps = deliveryWakeUps
        self.log = log
    }

    /// Works until shutdown.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await self.feedWakeUps.run() }
                tasks.addTask { await self.deliveryWakeUps.run() }
                tasks.addTask { await self.fanOut.run() }
                tasks.addTask { await self.retention.run() }
                await self.deliverAndStore()
                tasks.cancelAll()
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    /// Claims nothing more; ``run()`` returns when what is in flight has ended and is stored.
    func stop() {
        fanOut.stop()
        deliveries.stop()
    }

    private func deliverAndStore() async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.log.run() }
            await deliveries.run()
            log.finish()
            await tasks.waitForAll()
        }
    }
}
