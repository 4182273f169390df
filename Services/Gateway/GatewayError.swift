import CardNetwork
import CommandQueue
import MerchantAPI
import Postgres
import Projections

/// Turns whatever a handler throws into an error object.
enum GatewayError {
    /// The answer to an error, and whether it is our own fault and must be logged.
    static func answer(to error: any Error, _ resource: ResourceKind?) -> (APIError, Bool) {
        switch error {
        case let error as APIError: (error, error.status >= 500)
        case let error as CursorNotFound: (.unknownCursor(error.cursor, resource), false)
        case let error as PostgresError where error.isRetryable || error.outcomeIsUnknown:
            (busy, true)
        case is GathererError, is CancellationError: (busy, true)
        case VaultError.unavailable: (vaultAway, true)
        case _: (.unexpected, true)
        }
    }

    private static let busy = APIError.unavailable(
        "The service cannot take requests at the moment. Please try again."
    )
    private static let vaultAway = APIError.unavailable(
        "Cards cannot be stored at the moment. Please try again."
    )
}

extension APIError {
    /// A cursor that names nothing of this merchant's.
    static func unknownCursor(_ cursor: String, _ resource: ResourceKind?) -> APIError {
        .noSuch(
            resource?.rawValue ?? "object",
            cursor,
            parameter: "starting_after",
            status: 400
        )
    }
}
