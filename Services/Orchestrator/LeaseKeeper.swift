import CommandQueue
import Logging
import Postgres

/// Renews the leases of work that takes long.
struct LeaseKeeper: Sendable {
    let queue: WorkQueue
    let leases: LeaseTable
    let leaseSeconds: Int
    let logger: Logger

    /// Renews until the task is canceled.
    func run() async {
        let pause = Duration.seconds(leaseSeconds) / 6
        while !Task.isCancelled {
            try? await Task.sleep(for: pause)
            // What has used up a third of its time.
            await renew(leases.due())
        }
    }

    /// Renews leases; those that no longer stand allow nothing any more.
    func renew(_ due: [Lease]) async {
        guard !due.isEmpty else { return }
        let askedAt = ContinuousClock.now
        do throws(PostgresError) {
            let standing = try await queue.renew(due, leaseSeconds: leaseSeconds)
            leases.renewed(standing, of: due, askedAt: askedAt)
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning("leases were not renewed", metadata: ["reason": "\(error)"])
        }
    }
}
