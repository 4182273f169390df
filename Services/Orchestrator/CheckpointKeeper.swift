import LedgerStore
import Logging
import Postgres

/// Moves the checkpoints of rolled-up balances on, so that reading one adds up few entries.
///
/// Every orchestrator has one. Only one of them folds at a time, the others find nothing to do; and
/// without any, balances are as right and take longer to read.
struct CheckpointKeeper: Sendable {
    /// The most transactions of one turn; what is left over waits for the next.
    static let maximumRounds = 20

    let pool: PostgresPool
    let intervalMilliseconds: Int
    var maximumBatches = RollupBalances.maximumBatches
    let metrics: OrchestratorMetrics
    let logger: Logger

    /// Folds until the task is canceled.
    func run() async {
        while !Task.isCancelled {
            do {
                _ = try await fold()
            } catch  where !Task.isCancelled {
                logger.warning("balances were not folded", metadata: ["reason": "\(error)"])
            } catch {
                return
            }
            try? await Task.sleep(for: .milliseconds(intervalMilliseconds))
        }
    }

    /// Folds what is there, up to the bound of one turn; returns the number of posting batches.
    func fold() async throws -> Int {
        let balances = RollupBalances(pool)
        var folded = 0
        for _ in 0..<Self.maximumRounds {
            try Task.checkCancellation()
            let count = try await balances.fold(maximumBatches: maximumBatches)
            folded += count
            metrics.folded(count)
            if count < Int(maximumBatches) { break }
        }
        return folded
    }
}
