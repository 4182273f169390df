public import Logging
public import Postgres
import Synchronization

/// Sends empty notifications, at once when it is quiet and otherwise at most every few
/// milliseconds.
///
/// `NOTIFY` takes a lock of the whole cluster until its transaction is flushed, so it never rides
/// in a business transaction (measured: 4,556 commits a second fell to 627 with it). This has a
/// connection of its own, merges what comes together, and does not wait for the flush: a
/// notification is a hint, the row is the message, and every listener polls as well.
public final class Notifier: Sendable {
    /// The least time between two statements.
    public static let gapMilliseconds = 4

    private let pool: PostgresPool
    private let logger: Logger
    private let pending = Mutex<Set<String>>([])
    private let signal = Signal()
    private let sent = Mutex(0)

    /// Makes a notifier with a connection of its own.
    public init(configuration: PostgresConfiguration, logger: Logger) {
        pool = PostgresPool(
            configuration: configuration,
            limits: PoolLimits(maximumConnections: 1),
            logger: logger
        )
        self.logger = logger
    }

    /// How many statements were sent; for tests and metrics.
    public var statementCount: Int { sent.withLock { $0 } }

    /// Says that there is something new on a channel; returns at once.
    public func notify(_ channel: String) {
        pending.withLock { _ = $0.insert(channel) }
        signal.set()
    }

    /// Says that there is something new on these channels; returns at once.
    public func notify(_ channels: some Sequence<String>) {
        pending.withLock { $0.formUnion(channels) }
        signal.set()
    }

    /// Sends until the task is canceled; what is pending then is sent by nobody, and polled for.
    public func run() async {
        while !Task.isCancelled {
            await signal.wait()
            await sendPending()
            try? await Task.sleep(for: .milliseconds(Self.gapMilliseconds))
        }
        await pool.shutDown()
    }

    /// Sends what is pending at once, for a process that is about to end.
    public func settle() async {
        await sendPending()
    }

    private func sendPending() async {
        let channels = pending.withLock { pending in
            defer { pending = [] }
            return pending.sorted()
        }
        if !channels.isEmpty { await send(channels) }
    }

    private func send(_ channels: [String]) async {
        do throws(PostgresError) {
            // Only this statement's transaction forgoes the flush.
            try await pool.execute(
                """
                SELECT set_config('synchronous_commit', 'off', true), pg_notify(channel, '')
                FROM unnest(\(channels)::text[]) AS pending (channel)
                """
            )
            sent.withLock { $0 += 1 }
        } catch {
            // Listeners poll; the next notification is tried on a new connection.
            guard !Task.isCancelled else { return }
            logger.warning("a notification was not sent", metadata: ["reason": "\(error)"])
        }
    }
}
