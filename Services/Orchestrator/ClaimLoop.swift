import CommandQueue
import Logging
import Payments
import Postgres
import Projections
import Synchronization

/// Claims work while there is room for it, and has each command run in a task of its own.
final class ClaimLoop: Sendable {
    /// The most commands of one claim.
    static let maximumClaim = 256
    /// From so many commands in flight on, a claim waits a moment for more of them to come.
    static let company = 16
    /// How long that moment is.
    static let companyMilliseconds = 4

    private let queue: WorkQueue
    private let wakeUps: WakeUps
    private let leases: LeaseTable
    private let runner: CommandRunner
    private let leaseSeconds: Int
    private let maximumInFlight: Int
    private let isStopping = Mutex(false)
    private let waitsForRoom = Mutex(false)

    init(
        queue: WorkQueue,
        wakeUps: WakeUps,
        leases: LeaseTable,
        runner: CommandRunner,
        leaseSeconds: Int,
        maximumInFlight: Int
    ) {
        self.queue = queue
        self.wakeUps = wakeUps
        self.leases = leases
        self.runner = runner
        self.leaseSeconds = leaseSeconds
        self.maximumInFlight = maximumInFlight
    }

    /// Claims nothing from now on; ``run()`` returns when what was claimed has ended.
    func stop() {
        isStopping.withLock { $0 = true }
        wakeUps.wake()
    }

    /// Works until ``stop()`` is called or the task is canceled.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            while isClaiming {
                let room = min(maximumInFlight - leases.count, Self.maximumClaim)
                waitsForRoom.withLock { $0 = room <= 0 }
                guard room > 0 else {
                    await wakeUps.next(found: true)
                    continue
                }
                let claimed = await claim(limit: room)
                if !claimed.isEmpty { tasks.addTask { await self.work(on: claimed) } }
                // A full claim means that there is more.
                guard claimed.count < room else { continue }
                await wakeUps.next(found: !claimed.isEmpty)
                if leases.count >= Self.company {
                    try? await Task.sleep(for: .milliseconds(Self.companyMilliseconds))
                }
            }
        }
    }

    private var isClaiming: Bool { !Task.isCancelled && !isStopping.withLock { $0 } }

    private func claim(limit: Int) async -> [ClaimedWork] {
        let askedAt = ContinuousClock.now
        do throws(PostgresError) {
            let claimed = try await queue.claim(limit: limit, leaseSeconds: leaseSeconds)
            leases.add(claimed.map(\.lease), askedAt: askedAt)
            if !claimed.isEmpty { runner.metrics.claimed() }
            return claimed
        } catch {
            // If the claim was stored and its answer lost, its leases run out.
            if !Task.isCancelled {
                runner.logger.warning("nothing was claimed", metadata: ["reason": "\(error)"])
            }
            return []
        }
    }

    /// Loads what a claim needs, in one round trip, and runs its commands side by side.
    private func work(on claimed: [ClaimedWork]) async {
        var readable: [(work: ClaimedWork, submitted: SubmittedCommand)] = []
        for work in claimed {
            do {
                readable.append((work, try work.submittedCommand()))
            } catch {
                await runner.park(work, "it cannot be read: \(error)")
                end(work.lease)
            }
        }
        let loaded: [Aggregates]
        do {
            loaded = try await runner.loader.aggregates(of: readable.map(\.submitted))
        } catch let error as PostgresError where error.isRetryable {
            runner.logger.warning("claimed work is given back", metadata: ["reason": "\(error)"])
            return await handBack(readable.map(\.work.lease))
        } catch {
            return await workSingly(on: readable, after: error)
        }
        guard isClaiming else { return await handBack(readable.map(\.work.lease)) }
        await withDiscardingTaskGroup { tasks in
            for (item, aggregates) in zip(readable, loaded) {
                tasks.addTask {
                    await self.runner.run(item.work, item.submitted, given: aggregates)
                    self.end(item.work.lease)
                }
            }
        }
    }

    /// A document that cannot be read must not hold up the commands claimed with it.
    private func workSingly(
        on readable: [(work: ClaimedWork, submitted: SubmittedCommand)],
        after error: any Error
    ) async {
        for item in readable {
            do {
                guard
                    let aggregates = try await runner.loader.aggregates(of: [item.submitted]).first
                else { continue }
                await runner.run(item.work, item.submitted, given: aggregates)
            } catch {
                await runner.park(item.work, "its aggregates cannot be read: \(error)")
            }
            end(item.work.lease)
        }
    }

    /// Makes room, and says so if the loop waits for it.
    private func end(_ lease: Lease) {
        leases.remove(lease)
        if waitsForRoom.withLock({ $0 }) { wakeUps.wake() }
    }

    /// Gives work back that nothing was done with; what cannot be given back runs out.
    private func handBack(_ held: [Lease]) async {
        for lease in held { end(lease) }
        do throws(PostgresError) {
            try await queue.handBack(held)
        } catch {
            runner.logger.warning("work was not given back", metadata: ["reason": "\(error)"])
        }
    }
}
