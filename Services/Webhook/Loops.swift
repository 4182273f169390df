import CommandQueue
import Logging
import Money
import Payments
import ServiceKit
import Synchronization
import WebhookStore
import Webhooks

/// Turns the feed into deliveries.
final class FanOutLoop: Sendable {
    /// Where an instance tells the others that there is something to deliver; they poll too.
    static let channel = "webhook_delivery"

    private let fanOut: FanOut
    private let wakeUps: WakeUps
    private let wake: @Sendable () -> Void
    private let metrics: WebhookMetrics
    private let logger: Logger
    private let isStopping = Mutex(false)

    init(
        fanOut: FanOut,
        wakeUps: WakeUps,
        wake: @escaping @Sendable () -> Void,
        metrics: WebhookMetrics,
        logger: Logger
    ) {
        self.fanOut = fanOut
        self.wakeUps = wakeUps
        self.wake = wake
        self.metrics = metrics
        self.logger = logger
    }

    func stop() {
        isStopping.withLock { $0 = true }
        wakeUps.wake()
    }

    func run() async {
        while !Task.isCancelled, !isStopping.withLock({ $0 }) {
            var found = false
            do {
                if case .moved(let facts, let deliveries) = try await fanOut.round() {
                    metrics.fannedOut(facts: facts, deliveries: deliveries)
                    found = facts > 0
                    if deliveries > 0 || found { wake() }
                    if facts == FanOut.maximumFacts { continue }
                }
            } catch  where !Task.isCancelled {
                logger.error("the feed was not fanned out", metadata: ["reason": "\(error)"])
            } catch {
                return
            }
            await wakeUps.next(found: found)
        }
    }
}

/// Claims deliveries while there is room, and attempts each in a task of its own.
final class DeliveryLoop: Sendable {
    private let queue: DeliveryQueue
    private let attempt: @Sendable (ClaimedDelivery) async -> AttemptRecord
    private let store: @Sendable (EndedAttempt) async throws -> Void
    private let maximumInFlight: Int
    private let wakeUps: WakeUps
    private let metrics: WebhookMetrics
    private let logger: Logger
    private let isStopping = Mutex(false)
    private let inFlight = Mutex(0)

    init(
        queue: DeliveryQueue,
        attempt: @escaping @Sendable (ClaimedDelivery) async -> AttemptRecord,
        store: @escaping @Sendable (EndedAttempt) async throws -> Void,
        maximumInFlight: Int,
        wakeUps: WakeUps,
        metrics: WebhookMetrics,
        logger: Logger
    ) {
        self.queue = queue
        self.attempt = attempt
        self.store = store
        self.maximumInFlight = maximumInFlight
        self.wakeUps = wakeUps
        self.metrics = metrics
        self.logger = logger
    }

    /// Claims nothing from now on; ``run()`` returns when what was claimed has ended.
    func stop() {
        isStopping.withLock { $0 = true }
        wakeUps.wake()
    }

    func run() async {
        await withDiscardingTaskGroup { tasks in
            while !Task.isCancelled, !isStopping.withLock({ $0 }) {
                let room = min(
                    maximumInFlight - inFlight.withLock { $0 },
                    DeliveryQueue.maximumClaim
                )
                let claimed = room > 0 ? await claim(limit: room) : []
                inFlight.withLock { $0 += claimed.count }
                for delivery in claimed {
                    tasks.addTask { await self.deliver(delivery) }
                }
                metrics.inFlight(inFlight.withLock { $0 })
                await wakeUps.next(found: !claimed.isEmpty)
            }
        }
    }

    private func claim(limit: Int) async -> [ClaimedDelivery] {
        do {
            return try await queue.claim(limit: limit)
        } catch {
            // If the claim was stored and its answer lost, its leases run out.
            if !Task.isCancelled {
                logger.warning("nothing was claimed", metadata: ["reason": "\(error)"])
            }
            return []
        }
    }

    private func deliver(_ delivery: ClaimedDelivery) async {
        let record = await attempt(delivery)
        metrics.attempted(record)
        logger.debug(
            "attempted",
            metadata: [
                "delivery": "\(delivery.id)", "event": "\(delivery.eventID)",
                "endpoint": "\(delivery.target.endpoint.id)", "attempt": "\(delivery.number)",
                "outcome": "\(record.outcome.name)", "keys": "\(record.keyIDs)",
            ]
        )
        do {
            try await store(EndedAttempt(delivery: delivery, record: record))
        } catch {
            // Its lease runs out, and it is attempted again with the same bytes.
            logger.error(
                "an attempt was not stored",
                metadata: ["delivery": "\(delivery.id)", "reason": "\(error)"]
            )
        }
        inFlight.withLock { $0 -= 1 }
        wakeUps.wake()
    }
}

/// Removes what is old from the log.
struct RetentionLoop: Sendable {
    private static let interval = Duration.seconds(60)

    let retention: LogRetention
    let clock: @Sendable () -> Timestamp
    let logger: Logger

    func run() async {
        while !Task.isCancelled {
            do {
                while try await retention.prune(at: clock()) == LogRetention.maximumDeliveries {}
            } catch {
                logger.warning("the log was not pruned", metadata: ["reason": "\(error)"])
            }
            try? await Task.sleep(for: Self.interval)
        }
    }
}
