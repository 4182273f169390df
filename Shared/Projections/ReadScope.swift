import JSON
public import Payments
public import Postgres

/// Reads what one merchant may see, and nothing else.
///
/// Every query names the merchant, and row-level security checks it again: the scope is set by the
/// statement before it, in the same round trip and the same implicit transaction. Another
/// merchant's id therefore answers exactly like one that never was.
public struct MerchantReader: Sendable {
    let executor: any PostgresExecutor

    /// Whose data it is.
    public let merchantID: MerchantID

    /// Reads for a merchant through a pool, a connection or a transaction.
    public init(_ executor: any PostgresExecutor, merchantID: MerchantID) {
        self.executor = executor
        self.merchantID = merchantID
    }

    /// Runs queries within the merchant's scope, in one round trip.
    public func read(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        let scope: Query = "SELECT set_config('app.merchant', \(merchantID.rawValue), true)"
        return Array(try await executor.pipeline([scope] + queries).dropFirst())
    }

    static func payment(_ document: [UInt8]) throws -> Payment {
        try Payment(document: try JSON(parsing: document))
    }
}
