/// A failure of the database or of the way to it.
///
/// The text carries identifiers only: the server's detail lines, which quote rows, are dropped.
public struct PostgresError: Error, Sendable, Hashable {
    /// What went wrong, as far as the caller must tell cases apart.
    public enum Kind: Sendable, Hashable {
        /// No connection could be made; nothing was sent.
        case connectionFailed
        /// The connection or the pool was closed, or broke while it was in use.
        case closed
        /// A time limit of a statement, a transaction or of waiting ran out.
        case timeout
        /// The task was canceled; the server has stopped the statement.
        case canceled
        /// The server refused the statement; see ``PostgresError/sqlState``.
        case server
        /// Too many tasks wait for a connection already.
        case poolExhausted
        /// The request cannot be sent, for example text with a NUL in it; nothing was sent.
        case invalidRequest
        /// A value of the result is not of the type that was asked for.
        case typeMismatch
        /// The server answered something that this client does not expect.
        case protocolViolation
    }

    /// What went wrong.
    public var kind: Kind
    /// The five characters of the SQL standard that name the server's error.
    public var sqlState: String?
    /// The constraint that was violated.
    public var constraintName: String?
    /// A sentence without data.
    public var message: String
    /// Whether the work may have been committed although no answer came.
    ///
    /// True only when the connection was lost after something that commits had been sent. Look
    /// before doing it again, unless doing it twice is harmless.
    public var outcomeIsUnknown: Bool

    /// Makes an error from its parts.
    public init(
        _ kind: Kind,
        _ message: String,
        sqlState: String? = nil,
        constraintName: String? = nil,
        outcomeIsUnknown: Bool = false
    ) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
        self.constraintName = constraintName
        self.outcomeIsUnknown = outcomeIsUnknown
    }

    /// Whether doing the whole unit of work again, a little later, can help.
    public var isRetryable: Bool {
        switch kind {
        case .connectionFailed, .closed, .timeout, .poolExhausted:
            true
        case .canceled, .invalidRequest, .typeMismatch, .protocolViolation:
            false
        case .server:
            Self.isTransient(sqlState: sqlState ?? "")
        }
    }

    /// The states that a later attempt may not meet again.
    private static func isTransient(sqlState: String) -> Bool {
        switch sqlState {
        case "40001", "40P01", "55P03", "57P01", "57P02", "57P03", "25006":
            true
        case SQLState.cachedPlanChanged, SQLState.unknownStatement:
            true
        default:
            sqlState.hasPrefix("08") || sqlState.hasPrefix("53")
        }
    }
}

/// The states that this module itself acts on.
enum SQLState {
    /// Raised for a cached plan whose result type a migration has changed (and other things).
    static let cachedPlanChanged = "0A000"
    static let unknownStatement = "26000"
    static let queryCanceled = "57014"
    static let idleInTransaction = "25P03"
    static let failedTransaction = "25P02"
    /// A write met a server that is no primary any more.
    static let readOnly = "25006"
}

extension PostgresError: CustomStringConvertible {
    /// The kind, state, constraint and sentence in one line.
    public var description: String {
        var text = "\(kind): \(message)"
        if let sqlState { text += " (\(sqlState)" + (constraintName.map { ", \($0)" } ?? "") + ")" }
        if outcomeIsUnknown { text += "; the outcome is unknown" }
        return text
    }
}
