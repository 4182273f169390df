import Synchronization

/// What a client has seen, counted since its start; for metrics and tests.
public struct NetworkStatistics: Sendable, Equatable {
    /// Connections made and signed on.
    public internal(set) var connectionsOpened = 0
    /// Connections that ended otherwise than by our wish.
    public internal(set) var connectionsLost = 0
    /// Requests taken, echo tests and sign-ons not among them.
    public internal(set) var requests = 0
    /// Requests that were certainly not sent.
    public internal(set) var notSent = 0
    /// Requests without an answer that was understood.
    public internal(set) var unknown = 0
    /// Answers that nobody waited for: late, or twice.
    public internal(set) var unmatchedAnswers = 0
    /// Messages that were not of the profile, or contradicted their request.
    public internal(set) var garbledMessages = 0
}

/// A place to count.
final class NetworkCounters: Sendable {
    private let values = Mutex(NetworkStatistics())

    var snapshot: NetworkStatistics { values.withLock { $0 } }

    func count(_ change: (inout NetworkStatistics) -> Void) {
        values.withLock { change(&$0) }
    }
}
