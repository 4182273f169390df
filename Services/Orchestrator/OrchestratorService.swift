import CardNetwork
import CommandQueue
import Logging
import Money
import Postgres
import Projections
import ServiceKit
import ServiceLifecycle

/// The orchestrator without its process: everything between the command queue and the network.
///
/// Shutdown goes from the front to the back: nothing is claimed any more, what was claimed and not
/// begun is given back, what is under way ends, its outcomes are stored, gateways are told.
final class OrchestratorService: Service {
    /// What the orchestrator works with.
    struct Dependencies: Sendable {
        let pool: PostgresPool
        /// For the connections of the listener and the notifier.
        let configuration: PostgresConfiguration
        let network: any CardNetworkLink
        /// The network's other door; nil where nothing is pulled from it.
        var notices: (any NoticeSource)?
        /// Names this process in leases.
        let owner: String
        var clock: @Sendable () -> Timestamp
        let metrics: Metrics
        var stages = StageTrace.off
        let logger: Logger
        var poll = WakeUps.Poll()
    }

    let leases: LeaseTable
    let keeper: LeaseKeeper
    let sweeper: Sweeper
    let checkpoints: CheckpointKeeper
    let notices: NoticePoller?
    private let notifier: Notifier
    private let wakeUps: WakeUps
    private let writer: Gatherer<CommandOutcome, OutcomeResult>
    private let claims: ClaimLoop

    init(_ dependencies: Dependencies, _ tuning: OrchestratorTuning) {
        let logger = dependencies.logger
        let pool = dependencies.pool
        let metrics = OrchestratorMetrics(dependencies.metrics)
        let queue = WorkQueue(pool: pool, owner: dependencies.owner)
        let leases = LeaseTable(leaseSeconds: tuning.leaseSeconds)
        let notifier = Notifier(configuration: dependencies.configuration, logger: logger)
        let wakeUps = WakeUps(
            configuration: dependencies.configuration,
            channels: [WorkQueue.channel],
            poll: dependencies.poll,
            logger: logger
        )
        let outcomes = OutcomeWriter(
            retrySeconds: tuning.leaseSeconds,
            pool: pool,
            notifier: notifier,
            wake: { wakeUps.wake() },
            metrics: metrics,
            logger: logger
        )
        let writer = Gatherer<CommandOutcome, OutcomeResult>(
            maximumBatch: OutcomeWriter.maximumBatch,
            maximumWaiting: tuning.maximumInFlight * 2,
            company: { leases.count },
            flush: { await outcomes.flush($0) }
        )
        let sweeper = Sweeper(
            pool: pool,
            owner: dependencies.owner,
            intervalSeconds: tuning.sweepIntervalSeconds,
            graceSeconds: tuning.sweepGraceSeconds,
            clock: dependencies.clock,
            wake: { wakeUps.wake() },
            metrics: metrics,
            logger: logger
        )
        self.sweeper = sweeper
        let poller = dependencies.notices.map { source in
            NoticePoller(
                source: source,
                inbox: NoticeInbox(pool),
                clock: dependencies.clock,
                wake: { wakeUps.wake() },
                logger: logger
            )
        }
        notices = poller
        let runner = CommandRunner(
            network: NetworkDoors(cards: dependencies.network, notices: dependencies.notices),
            leases: leases,
            loader: AggregateLoader(pool),
            timeouts: CommandRunner.Timeouts(
                authorization: .milliseconds(tuning.authorizationTimeoutMilliseconds),
                advice: .milliseconds(tuning.adviceTimeoutMilliseconds)
            ),
            retries: RetrySchedule(
                initialMilliseconds: tuning.retryInitialMilliseconds,
                maximumMilliseconds: tuning.retryMaximumMilliseconds
            ),
            clock: dependencies.clock,
            clockAdvance: ClockAdvance(
                clock: MerchantClock(pool),
                sweeper: sweeper,
                notices: poller,
                wake: { wakeUps.wake() }
            ),
            write: { try await writer.submit($0) },
            metrics: metrics,
            stages: dependencies.stages,
            logger: logger
        )
        claims = ClaimLoop(
            queue: queue,
            wakeUps: wakeUps,
            leases: leases,
            runner: runner,
            leaseSeconds: tuning.leaseSeconds,
            maximumInFlight: tuning.maximumInFlight
        )
        checkpoints = CheckpointKeeper(
            pool: pool,
            intervalMilliseconds: tuning.foldIntervalMilliseconds,
            metrics: metrics,
            logger: logger
        )
        keeper = LeaseKeeper(
            queue: queue,
            leases: leases,
            leaseSeconds: tuning.leaseSeconds,
            logger: logger
        )
        self.leases = leases
        self.notifier = notifier
        self.wakeUps = wakeUps
        self.writer = writer
    }

    /// Works until shutdown.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { tasks in
                // These serve what is under way, and end last.
                tasks.addTask { await self.notifier.run() }
                tasks.addTask { await self.wakeUps.run() }
                tasks.addTask { await self.keeper.run() }
                tasks.addTask { await self.sweeper.run() }
                if let notices = self.notices { tasks.addTask { await notices.run() } }
                tasks.addTask { await self.checkpoints.run() }
                await self.workAndStore()
                await self.notifier.settle()
                tasks.cancelAll()
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    /// Claims nothing more; ``run()`` returns when what is under way has ended.
    func stop() { claims.stop() }

    /// Returns when nothing is claimed any more and all outcomes are stored.
    private func workAndStore() async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.writer.run() }
            await claims.run()
            writer.finish()
            await tasks.waitForAll()
        }
    }
}
