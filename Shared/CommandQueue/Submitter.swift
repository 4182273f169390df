public import Logging
public import Postgres

/// Puts requests into the command queue, those that are in flight together in one transaction.
///
/// The row of the command is the claim of its idempotency key, so the claim can neither outlive nor
/// precede the work. ``submit(_:)`` returns after the commit, which the claim's flushes.
public final class Submitter: Sendable {
    /// The most requests of one transaction.
    public static let maximumBatch = 256
    /// The most requests that wait for a transaction; the next is told to come back.
    public static let maximumWaiting = 4_096
    /// How long a batch is tried again when the database fails; a request has little more time.
    public static let retrySeconds = 6

    private let gatherer: Gatherer<Submission, SubmissionResult>

    /// Makes a submitter.
    ///
    /// - Parameters:
    ///   - pool: Connections in the gateway's role.
    ///   - instance: Names this process; replies to its submissions wake the channel
    ///     `reply_<instance>`.
    ///   - notifier: Wakes the orchestrators after each commit.
    ///   - company: How many of this process's requests wait for their replies; where there are
    ///     many, a transaction waits a moment for more of them.
    ///   - logger: Told of failures.
    public init(
        pool: PostgresPool,
        instance: String,
        notifier: Notifier,
        company: @escaping @Sendable () -> Int = { 0 },
        logger: Logger
    ) {
        let batch = SubmissionBatch(
            pool: pool,
            instance: instance,
            notifier: notifier,
            logger: logger
        )
        gatherer = Gatherer(
            maximumBatch: Self.maximumBatch,
            maximumWaiting: Self.maximumWaiting,
            company: company,
            flush: { await batch.flush($0) }
        )
    }

    /// Stores a request, or finds the one that holds its idempotency key.
    ///
    /// Throws ``GathererError`` when too many wait or the process ends, `PostgresError` when the
    /// database could not take it; the same request may then be submitted again.
    public func submit(_ submission: Submission) async throws -> SubmissionResult {
        try await gatherer.submit(submission)
    }

    /// How many requests wait for a transaction now.
    public var waitingCount: Int { gatherer.waitingCount }

    /// Whether a transaction is under way.
    public var isFlushing: Bool { gatherer.isFlushing }

    /// Stores requests at once, in a transaction of their own; for what the product asks of itself.
    public static func submitNow(
        _ submissions: [Submission],
        instance: String,
        to pool: PostgresPool
    ) async throws(PostgresError) -> [SubmissionResult] {
        try await SubmissionStore.submit(submissions, instance: instance, to: pool)
    }

    /// The statement that stores requests within a transaction of the caller's.
    ///
    /// They are made if and only if its other effects are; nobody waits for their replies. A request
    /// whose key is taken is left alone.
    public static func statement(of submissions: [Submission]) -> Query {
        SubmissionStore.sorted(submissions, instance: "")
    }

    /// Stores batches until the task is canceled or ``finish()`` was called.
    public func run() async { await gatherer.run() }

    /// Refuses new requests; ``run()`` ends when those that wait are stored.
    public func finish() { gatherer.finish() }
}

/// Stores one batch, again while the database fails, and item by item when one of them is at fault.
private struct SubmissionBatch {
    let pool: PostgresPool
    let instance: String
    let notifier: Notifier
    let logger: Logger

    func flush(
        _ items: [Submission]
    ) async -> [Gatherer<Submission, SubmissionResult>.Outcome] {
        let deadline = ContinuousClock.now + .seconds(Submitter.retrySeconds)
        var waitMilliseconds = 20
        while true {
            do throws(PostgresError) {
                let results = try await SubmissionStore.submit(items, instance: instance, to: pool)
                notifier.notify(WorkQueue.channel)
                return results.map { .success($0) }
            } catch {
                let mayRetry = error.isRetryable || error.outcomeIsUnknown
                guard mayRetry, .now + .milliseconds(waitMilliseconds) < deadline,
                    !Task.isCancelled
                else { return await failed(items, error, isFaultOfOne: !mayRetry) }
                logger.warning("submitting again", metadata: ["reason": "\(error)"])
                try? await Task.sleep(for: .milliseconds(waitMilliseconds))
                waitMilliseconds = min(waitMilliseconds * 2, 500)
            }
        }
    }

    /// A statement that the server refuses for what is in it must not take the others with it.
    private func failed(
        _ items: [Submission],
        _ error: PostgresError,
        isFaultOfOne: Bool
    ) async -> [Gatherer<Submission, SubmissionResult>.Outcome] {
        guard isFaultOfOne, items.count > 1 else { return items.map { _ in .failure(error) } }
        var outcomes: [Gatherer<Submission, SubmissionResult>.Outcome] = []
        for item in items { outcomes += await flush([item]) }
        return outcomes
    }
}
