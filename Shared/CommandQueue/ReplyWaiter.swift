public import Logging
public import Postgres

/// Waits for the replies to this process's submissions: one query for all that wait.
///
/// It is woken by the channel `reply_<instance>` and polls besides, so that a lost notification
/// only costs time. When a request's time is up, the reply that says so competes with the real one
/// for the row: whichever is stored first is the answer for ever.
public final class ReplyWaiter: Sendable {
    private let pool: PostgresPool
    private let listener: PostgresListener
    private let poll: WakeUps.Poll
    private let logger: Logger
    private let waiting = WaitingReplies()
    private let signal = Signal()

    /// The channel that wakes an instance.
    public static func channel(of instance: String) -> String { "reply_\(instance)" }

    /// Makes a waiter.
    ///
    /// - Parameters:
    ///   - pool: Connections in the gateway's role.
    ///   - configuration: For the listener's own connection.
    ///   - instance: The name that this process's ``Submitter`` has.
    ///   - poll: How often to look without being woken.
    ///   - logger: Told of failures.
    public init(
        pool: PostgresPool,
        configuration: PostgresConfiguration,
        instance: String,
        poll: WakeUps.Poll = WakeUps.Poll(),
        logger: Logger
    ) {
        self.pool = pool
        self.poll = poll
        self.logger = logger
        listener = PostgresListener(
            configuration: configuration,
            channels: [Self.channel(of: instance)],
            logger: logger
        )
    }

    /// Waits for the reply to an accepted submission.
    ///
    /// - Parameters:
    ///   - commandID: The number that the submission was accepted under.
    ///   - duration: How long to wait for it.
    ///   - lateReply: Makes the reply that is stored when time is up, `processing`.
    /// - Returns: The stored reply: the outcome, or what `lateReply` made if it came first.
    /// - Throws: `CancellationError` when the task is canceled, and what the database or
    ///   `lateReply` throws.
    public func reply(
        to commandID: Int64,
        within duration: Duration,
        orElse lateReply: @Sendable () async throws -> StoredReply
    ) async throws -> StoredReply {
        if let reply = await wait(for: commandID, until: .now + duration) { return reply }
        try Task.checkCancellation()
        return try await ReplyStore.storeFirst(try await lateReply(), for: commandID, in: pool)
    }

    /// How many requests wait for their reply now.
    public var waitingCount: Int { waiting.count }

    /// Listens and polls until the task is canceled; whoever still waits then gets nothing.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen() }
            group.addTask { await self.fetchWhileNeeded() }
            await group.waitForAll()
        }
        waiting.giveUp()
    }

    private func wait(
        for commandID: Int64,
        until deadline: ContinuousClock.Instant
    ) async -> StoredReply? {
        let ticket = waiting.nextTicket()
        defer { waiting.forget(ticket) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustAct = waiting.add(
                    ticket,
                    for: commandID,
                    until: deadline,
                    continuation: continuation
                )
                if mustAct { signal.set() }
            }
        } onCancel: {
            waiting.cancel(ticket)
        }
    }

    private func listen() async {
        for await _ in listener {
            waiting.noteWakeUp()
            signal.set()
        }
    }

    private func fetchWhileNeeded() async {
        var interval = poll.shortest
        var nextPoll = ContinuousClock.now + interval
        while !Task.isCancelled {
            let nobodyWaited = waiting.count == 0
            await signal.wait(atMost: waiting.timeToNextLook(pollAt: nextPoll))
            waiting.expire()
            if nobodyWaited {
                interval = poll.shortest
                nextPoll = .now + interval
            }
            guard let ids = waiting.commandIDsToFetch(isPollDue: nextPoll <= .now) else { continue }
            do throws(PostgresError) {
                let replies = try await ReplyStore.fetch(ids, from: pool)
                waiting.deliver(replies)
                interval = replies.isEmpty ? min(interval * 2, poll.longest) : poll.shortest
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("replies were not fetched", metadata: ["reason": "\(error)"])
            }
            nextPoll = .now + interval
        }
    }
}
