import JSON
public import Money
public import Payments
public import Postgres

/// A key that was presented and is known, with the merchant whose key it is.
public struct KnownKey: Sendable, Equatable {
    /// The merchant, with its policies.
    public let merchant: Merchant
    /// What the key may do.
    public let kind: APIKeyKind
    /// Which mode it opens.
    public let livemode: Bool
    /// From when it is refused; nil while it does not end.
    public let expiresAt: Timestamp?

    /// Describes a key that is known.
    public init(merchant: Merchant, kind: APIKeyKind, livemode: Bool, expiresAt: Timestamp?) {
        self.merchant = merchant
        self.kind = kind
        self.livemode = livemode
        self.expiresAt = expiresAt
    }
}

/// Asks whose key was presented; keys are stored as hashes and cannot be listed.
public struct KeyReader: Sendable {
    private let executor: any PostgresExecutor

    /// Asks through a pool, a connection or a transaction.
    public init(_ executor: any PostgresExecutor) {
        self.executor = executor
    }

    /// The key with this SHA-256 hash, if there is one.
    public func key(hash: [UInt8]) async throws -> KnownKey? {
        let rows = try await executor.query(
            "SELECT kind, livemode, expires_at, merchant FROM authenticate(\(hash))"
        )
        guard let row = rows.first else { return nil }
        let (kindName, livemode, expiresAt, document) = try row.decode(
            (String, Bool, PostgresTimestamp?, [UInt8]).self
        )
        guard let kind = APIKeyKind(rawValue: kindName) else {
            throw PostgresError(.typeMismatch, "a key is of an unknown kind")
        }
        return KnownKey(
            merchant: try Merchant(document: try JSON(parsing: document)),
            kind: kind,
            livemode: livemode,
            expiresAt: expiresAt.map {
                Timestamp(microsecondsSinceEpoch: $0.microsecondsSinceEpoch)
            }
        )
    }
}
