import MerchantAPI
import Synchronization

/// What a request weighs when not all can be served.
enum RequestClass: String, Sendable, CaseIterable {
    /// Starts something new: the first to be shed, because nothing has happened yet.
    case create
    /// Ends what was started: captures, refunds and cancellations keep room.
    case complete
    /// Only reads: has room of its own, so that nobody is blind while writes queue.
    case read

    /// What ends something that was started before.
    private static let completing: Set<Operation> = [
        .capturePaymentIntent, .cancelPaymentIntent, .createRefund,
    ]

    init(_ endpoint: Endpoint) {
        switch endpoint.method {
        case .get: self = .read
        case .post, .delete:
            self = Self.completing.contains(endpoint.operation) ? .complete : .create
        }
    }
}

/// How many requests may be under way at once, by class.
///
/// What comes beyond is refused at once, so that what was let in is answered in time: with as many
/// under way as here, at some hundred a second, a request waits about a second and not a minute.
struct AdmissionLimits: Sendable, Equatable {
    /// The most writes of all classes.
    var maximumWrites = 1_024
    /// The most writes that may be under way for another one of class ``RequestClass/create`` to
    /// be let in; what lies between this and ``maximumWrites`` is kept for the others.
    var maximumWritesBeforeCreate = 768
    /// The most reads.
    var maximumReads = 512
}

/// Lets requests in while there is room, and sheds the least urgent first.
final class Admission: Sendable {
    /// When a client that was refused may come back.
    static let retryAfterSeconds = 1

    private struct InFlight {
        var writes = 0
        var reads = 0
    }

    private let limits: AdmissionLimits
    private let inFlight = Mutex(InFlight())

    init(_ limits: AdmissionLimits = AdmissionLimits()) {
        self.limits = limits
    }

    /// Does the work if there is room for its class; nil when there is none, and nothing was done.
    func run<Output>(
        _ requestClass: RequestClass,
        _ work: () async throws -> Output
    ) async rethrows -> Output? {
        guard enter(requestClass) else { return nil }
        defer { leave(requestClass) }
        return try await work()
    }

    /// How many writes are under way, for metrics.
    var writes: Int { inFlight.withLock { $0.writes } }

    /// How many reads are under way, for metrics.
    var reads: Int { inFlight.withLock { $0.reads } }

    private func enter(_ requestClass: RequestClass) -> Bool {
        inFlight.withLock { inFlight in
            switch requestClass {
            case .create:
                guard inFlight.writes < limits.maximumWritesBeforeCreate else { return false }
                inFlight.writes += 1
            case .complete:
                guard inFlight.writes < limits.maximumWrites else { return false }
                inFlight.writes += 1
            case .read:
                guard inFlight.reads < limits.maximumReads else { return false }
                inFlight.reads += 1
            }
            return true
        }
    }

    private func leave(_ requestClass: RequestClass) {
        inFlight.withLock { inFlight in
            switch requestClass {
            case .create, .complete: inFlight.writes -= 1
            case .read: inFlight.reads -= 1
            }
        }
    }
}

extension APIAnswer {
    /// The answer to a request that there was no room for: nothing has happened, try again.
    static var shed: APIAnswer {
        var answer = APIAnswer(
            .unavailable("There are more requests than can be served now. Please try again.")
        )
        answer.retryAfterSeconds = Admission.retryAfterSeconds
        return answer
    }
}
