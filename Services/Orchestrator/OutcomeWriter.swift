import CommandQueue
import EventStore
import Logging
import Payments
import Postgres

/// Writes outcomes in batches: those that come during one transaction share the next.
///
/// One bad item never fails its batch: what the store refuses an item for is found before anything
/// is written, and a statement that fails in spite of that is tried again item by item.
struct OutcomeWriter: Sendable {
    /// The most outcomes of one transaction.
    static let maximumBatch = 256
    /// How long a batch is tried again when the database fails; leases end after that.
    let retrySeconds: Int

    let pool: PostgresPool
    let notifier: Notifier
    /// Called after each commit: a finished command frees its target for the next.
    let wake: @Sendable () -> Void
    let metrics: OrchestratorMetrics
    let logger: Logger

    /// Stores a batch and says what became of each item, in order.
    func flush(_ items: [CommandOutcome]) async -> [Result<OutcomeResult, any Error>] {
        var results: [Result<OutcomeResult, any Error>?] = Array(repeating: nil, count: items.count)
        let deadline = ContinuousClock.now + .seconds(retrySeconds)
        var open = Array(items.indices)
        var waitMilliseconds = 20
        while !open.isEmpty {
            let batch = open.map { items[$0] }
            do {
                switch try await OutcomeTransaction(batch).run(on: pool) {
                case .committed:
                    for index in open { results[index] = .success(.stored) }
                    open = []
                    metrics.stored(batch.count)
                case .leftOut(let problems):
                    for (place, result) in problems { results[open[place]] = .success(result) }
                    open = open.indices.filter { problems[$0] == nil }.map { open[$0] }
                }
            } catch let error as PostgresError where error.isRetryable || error.outcomeIsUnknown {
                // If the commit went through after all, the next attempt finds the work gone.
                guard .now < deadline, !Task.isCancelled else {
                    for index in open { results[index] = .failure(error) }
                    break
                }
                logger.warning("storing outcomes again", metadata: ["reason": "\(error)"])
                try? await Task.sleep(for: .milliseconds(waitMilliseconds))
                waitMilliseconds = min(waitMilliseconds * 2, 1_000)
            } catch {
                for index in open { results[index] = await alone(items[index], error, of: batch) }
                open = []
            }
        }
        announce(items)
        return results.map { $0 ?? .failure(GathererError.closed) }
    }

    /// What becomes of an item of a batch that failed for a reason that repeating does not cure.
    private func alone(
        _ item: CommandOutcome,
        _ error: any Error,
        of batch: [CommandOutcome]
    ) async -> Result<OutcomeResult, any Error> {
        guard batch.count > 1 else {
            if let error = error as? PostgresError,
                ["event_pkey", "payout_covered"].contains(error.constraintName)
            {
                return .success(.conflicted)
            }
            return .success(.refused("\(error)"))
        }
        return await flush([item]).first ?? .failure(error)
    }

    /// Wakes the gateways that wait for these replies, and whoever looks for work.
    ///
    /// Also for what was not written: an outcome whose commit was not answered is fenced when it is
    /// tried again, and its reply is there.
    private func announce(_ items: [CommandOutcome]) {
        let submitters = items.filter { $0.reply != nil && !$0.work.submitter.isEmpty }
            .map(\.work.submitter)
        var channels = Set(submitters).map(ReplyWaiter.channel(of:))
        if items.contains(where: { !$0.events.isEmpty }) { channels.append(FeedCursor.channel) }
        notifier.notify(channels)
        wake()
    }
}
