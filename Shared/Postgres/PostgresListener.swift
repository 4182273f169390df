public import Logging
import Synchronization

/// The notifications of some channels, as a sequence of wake-ups.
///
/// A notification is a hint, the row is the message: several on one channel become one, and after
/// ``Event/reconnected``, which also is the first event, the reader must look for what it may have
/// missed. The sequence connects again by itself, and ends when its task is canceled.
public struct PostgresListener: AsyncSequence, Sendable {
    /// What the reader is woken for.
    public enum Event: Sendable, Hashable {
        /// There was at least one notification on this channel.
        case notified(String)
        /// Listening has begun (again); whatever was sent before was not heard.
        case reconnected
    }

    /// An event.
    public typealias Element = Event
    /// The sequence does not fail; it connects again.
    public typealias Failure = Never

    private let configuration: PostgresConfiguration
    private let channels: [String]
    private let logger: Logger

    /// Listens to these channels, on a connection of its own for each iterator.
    public init(configuration: PostgresConfiguration, channels: [String], logger: Logger) {
        self.configuration = configuration
        self.channels = channels
        self.logger = logger
    }

    /// Makes an iterator; it connects when it is first asked.
    public func makeAsyncIterator() -> Iterator {
        Iterator(ListenerState(), configuration, channels, logger)
    }

    /// Waits for events on one connection at a time.
    public struct Iterator: AsyncIteratorProtocol {
        private let state: ListenerState
        private let configuration: PostgresConfiguration
        private let channels: [String]
        private let logger: Logger
        /// Attempts since a connection held; a server that hangs up at once is not pressed.
        private var attempts = 0
        private var lastAttempt = ContinuousClock.now
        /// A connection that lives as long counts as one that held.
        private static let settledSeconds = 5

        init(
            _ state: ListenerState,
            _ configuration: PostgresConfiguration,
            _ channels: [String],
            _ logger: Logger
        ) {
            self.state = state
            self.configuration = configuration
            self.channels = channels
            self.logger = logger
        }

        /// The next event; `nil` when the task is canceled.
        public mutating func next() async -> Event? {
            while !Task.isCancelled {
                switch await state.nextWakeUp() {
                case .notified(let channel): return .notified(channel)
                case .canceled: return nil
                case .disconnected: break
                }
                if .now - lastAttempt > .seconds(Self.settledSeconds) { attempts = 0 }
                if attempts > 1 { try? await Task.sleep(for: Backoff.delay(failures: attempts)) }
                attempts += 1
                lastAttempt = .now
                do throws(PostgresError) {
                    try await connect()
                    return .reconnected
                } catch {
                    logger.warning("not listening", metadata: ["reason": "\(error.message)"])
                }
            }
            return nil
        }

        private func connect() async throws(PostgresError) {
            let observer = SessionObserver(
                closed: { [weak state] in state?.sessionWasLost($0.id) },
                notified: { [weak state] in state?.add($0) }
            )
            let session = try await Connector.open(configuration, observer: observer)
            do {
                let listen = channels.map { "LISTEN \(identifier: $0)" as Query }
                _ = try await session.run(Work(listen, mayCommit: false))
            } catch {
                session.close(error)
                throw error
            }
            state.adopt(session)
        }
    }
}
