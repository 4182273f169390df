public import Logging
public import Postgres
import Synchronization

/// Wakes a loop: by notifications, and by a poll that adapts between two bounds.
///
/// The poll alone is enough: with every notification lost, all works, slower.
public final class WakeUps: Sendable {
    /// How often a loop looks without being woken.
    public struct Poll: Sendable, Hashable {
        /// The interval while there is something to do.
        public let shortest: Duration
        /// The interval that it grows to while there is nothing.
        public let longest: Duration

        /// Sets the bounds.
        public init(
            shortest: Duration = .milliseconds(250),
            longest: Duration = .seconds(1)
        ) {
            self.shortest = shortest
            self.longest = longest
        }
    }

    private let listener: PostgresListener
    private let poll: Poll
    private let signal = Signal()
    private let interval: Mutex<Duration>

    /// Makes wake-ups for some channels.
    public init(
        configuration: PostgresConfiguration,
        channels: [String],
        poll: Poll = Poll(),
        logger: Logger
    ) {
        listener = PostgresListener(
            configuration: configuration,
            channels: channels,
            logger: logger
        )
        self.poll = poll
        interval = Mutex(poll.shortest)
    }

    /// Listens until the task is canceled.
    public func run() async {
        for await _ in listener { signal.set() }
    }

    /// Wakes the loop from within the process.
    public func wake() { signal.set() }

    /// Waits for the next wake-up, or until it is time to look, or until the task is canceled.
    ///
    /// - Parameter found: Whether the last look found something; the poll is frequent after it did.
    public func next(found: Bool) async {
        let wait = interval.withLock { interval in
            interval = found ? poll.shortest : min(interval * 2, poll.longest)
            return interval
        }
        await signal.wait(atMost: wait)
    }
}
