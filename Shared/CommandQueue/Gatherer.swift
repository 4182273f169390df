import Synchronization

/// Why a gatherer did not take an item.
public enum GathererError: Error, Sendable, Equatable {
    /// As many items wait as may wait; the caller should be told to come back.
    case full
    /// The gatherer has ended or is ending.
    case closed
}

/// Makes batches of what is asked for at the same time.
///
/// An item that comes while nothing is under way is flushed at once, alone; items that come during
/// a flush are gathered and flushed together when it has ended. So one request never waits for a
/// batch to fill, and many share one flush of the write-ahead log.
///
/// Where many are under way, a flush waits until half of those above a few have come, but never
/// long: their batches would otherwise be small, because each flush is quick, and many flushes are
/// what makes all of them slow. By Little's law that wait is the same share of what an item's whole
/// way takes; an item meets two such waits (submission and outcome), which together stay below the
/// way itself. Few items never wait: there is room for the flushes that answer them soonest.
///
/// Measured with 64 payments in flight, debug build, `pytest Tests/EndToEnd/test_batching.py`: 0.18
/// WAL syncs a payment in each of three runs; waiting for a quarter of all, 0.20 to 0.28.
///
/// An item that was taken is never given up: a caller that is canceled still gets its outcome,
/// which a flush owes it within the database's time limits.
public final class Gatherer<Item: Sendable, Output: Sendable>: Sendable {
    /// What becomes of one item.
    public typealias Outcome = Result<Output, any Error>

    private struct Entry {
        let item: Item
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var waiting: [Entry] = []
        var isFlushing = false
        var isClosed = false
    }

    /// The longest that a flush waits for company.
    private static var maximumPause: Duration { .milliseconds(20) }

    /// With so many under way, or fewer, nobody waits for company.
    static var fewItems: Int { 16 }

    private let maximumBatch: Int
    private let maximumWaiting: Int
    private let company: @Sendable () -> Int
    private let flush: @Sendable ([Item]) async -> [Outcome]
    private let state = Mutex(State())
    private let signal = Signal()

    /// Makes a gatherer that does nothing until it runs.
    ///
    /// - Parameters:
    ///   - maximumBatch: The most items of one flush.
    ///   - maximumWaiting: The most items that wait for a flush; the next is refused.
    ///   - company: How many items are under way in all, in whatever stage; all but those that wait
    ///     here may be left out.
    ///   - flush: Does the work of a batch and returns one outcome per item, in order.
    public init(
        maximumBatch: Int,
        maximumWaiting: Int,
        company: @escaping @Sendable () -> Int = { 0 },
        flush: @escaping @Sendable ([Item]) async -> [Outcome]
    ) {
        self.maximumBatch = maximumBatch
        self.maximumWaiting = maximumWaiting
        self.company = company
        self.flush = flush
    }

    /// How many items wait for a flush now.
    public var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Whether a flush is under way.
    public var isFlushing: Bool { state.withLock { $0.isFlushing } }

    /// Hands an item in and waits for what becomes of it.
    public func submit(_ item: Item) async throws -> Output {
        let outcome: Outcome = await withCheckedContinuation { continuation in
            let refusal: GathererError? = state.withLock { state in
                guard !state.isClosed else { return .closed }
                guard state.waiting.count < maximumWaiting else { return .full }
                state.waiting.append(Entry(item: item, continuation: continuation))
                return nil
            }
            if let refusal {
                continuation.resume(returning: .failure(refusal))
            } else {
                signal.set()
            }
        }
        return try outcome.get()
    }

    /// Flushes batches until the task is canceled, or ``finish()`` was called and nothing waits.
    public func run() async {
        while let batch = await nextBatch() {
            let outcomes = await flush(batch.map(\.item))
            precondition(outcomes.count == batch.count, "a flush gives one outcome per item")
            for (entry, outcome) in zip(batch, outcomes) {
                entry.continuation.resume(returning: outcome)
            }
        }
        close()
    }

    /// Refuses new items; ``run()`` ends when those that wait have been flushed.
    public func finish() {
        state.withLock { $0.isClosed = true }
        signal.set()
    }

    private func nextBatch() async -> [Entry]? {
        var gatheredSince: ContinuousClock.Instant?
        while !Task.isCancelled {
            let company = company()
            let isDue = gatheredSince.map { $0 + Self.maximumPause <= .now } ?? false
            let (batch, count, isClosed) = state.withLock { state in
                let count = state.waiting.count
                let wanted = min((company - Self.fewItems) / 2, maximumBatch)
                let isEnough = isDue || state.isClosed || count >= wanted
                let batch = isEnough ? Array(state.waiting.prefix(maximumBatch)) : []
                state.waiting.removeFirst(batch.count)
                state.isFlushing = !batch.isEmpty
                return (batch, count, state.isClosed)
            }
            if !batch.isEmpty { return batch }
            if isClosed { return nil }
            guard count > 0 else {
                await signal.wait()
                continue
            }
            let start = gatheredSince ?? .now
            gatheredSince = start
            await signal.wait(atMost: max(.microseconds(1), start + Self.maximumPause - .now))
        }
        return nil
    }

    private func close() {
        let left = state.withLock { state in
            defer { state.waiting = [] }
            state.isClosed = true
            return state.waiting
        }
        for entry in left {
            entry.continuation.resume(returning: .failure(GathererError.closed))
        }
    }
}
