import Postgres
import ReconciliationStore

/// How a command ended, as its exit status; scripts rely on the numbers.
enum ExitStatus: Int32, Sendable {
    case clean = 0
    case discrepancies = 1
    case usage = 2
    case unreadable = 3
    case internalError = 4
    case locked = 5

    /// The status for a failure that nobody expected at its place.
    init(of error: any Error) {
        switch error {
        case is Reconciler.Locked: self = .locked
        case is NetworkRecord.Unreadable: self = .unreadable
        case let error as PostgresError:
            switch error.kind {
            case .connectionFailed, .closed, .timeout, .poolExhausted: self = .unreadable
            case .canceled, .server, .invalidRequest, .typeMismatch, .protocolViolation:
                self = .internalError
            }
        case _: self = .internalError
        }
    }
}

/// Ends a command with a status, and a reason for people.
struct Ended: Error, Sendable, Equatable {
    let status: ExitStatus
    let reason: String?

    init(_ status: ExitStatus, _ reason: String? = nil) {
        self.status = status
        self.reason = reason
    }
}
