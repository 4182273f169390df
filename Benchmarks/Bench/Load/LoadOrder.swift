/// What the load's process is told to do, one line of JSON each.
enum LoadOrder: Sendable, Equatable, Codable {
    /// Make so many test merchants by the API.
    case makeMerchants(count: Int, port: Int)
    /// Also choose from payments that are stored already: a file of merchant and payment ids.
    case knowPayments(file: String)
    /// Send requests, and report.
    case round(LoadRound)
}

/// The kinds of work that are measured.
enum LoadKind: String, Sendable, Codable, CaseIterable {
    /// Create, confirm and capture in one call; some are declined, some repeated with their key.
    case payment
    /// Create and confirm for manual capture, then capture.
    case authorizeAndCapture
    /// Give back a part of an earlier payment.
    case refund
    /// Read an earlier payment.
    case retrieve
    /// Read a merchant's newest ten payments.
    case list
    /// Ask for an earlier payment again, with its key.
    case replay
}

/// One round of one kind.
struct LoadRound: Sendable, Equatable, Codable {
    let kind: LoadKind
    let seconds: Double
    /// Connections, and so the most requests in flight.
    let connections: Int
    /// Arrivals a second; nothing for a closed loop, which always fills all connections.
    var arrivalsPerSecond: Double?
    /// The gateways' ports, which share the connections.
    let ports: [Int]
    /// Where the ids of accepted payments are written, one a line.
    var acceptedFile: String?
}

/// What a round gave.
struct LoadReport: Sendable, Equatable, Codable {
    /// Units of work, whatever number of requests each took, that ended within the round; in an
    /// open loop all that arrived in it.
    var completed = 0
    var perSecond = 0.0
    var latency = Latencies.Summary()
    /// All requests, also repetitions.
    var requests = 0
    /// Answers by status.
    var statuses: [Int: Int] = [:]
    /// Answers with 429 or 503.
    var shed = 0
    var shedWithoutRetryAfter = 0
    /// How long it took to be turned away.
    var shedLatency = Latencies.Summary()
    /// Answers that were not what was expected, with an example.
    var unexpected = 0
    var example: String?
    /// Requests without an answer when the round was given up.
    var unanswered = 0
    /// Processor time of the load's process, and the time that passed.
    var processorSeconds = 0.0
    var elapsedSeconds = 0.0

    /// What a request costs the load's own process, in microseconds.
    var processorMicrosecondsPerRequest: Double {
        requests == 0 ? 0 : processorSeconds * 1e6 / Double(requests)
    }
}
