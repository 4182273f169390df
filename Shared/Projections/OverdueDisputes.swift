public import Payments
public import Postgres

/// Finds disputes whose time to answer, or to be decided about, is over.
public struct OverdueDisputes: Sendable {
    /// One of them.
    public struct Row: Sendable, Equatable {
        /// Whose it is.
        public let merchantID: MerchantID
        /// The payment.
        public let paymentID: PaymentID
        /// The dispute.
        public let disputeID: DisputeID
        /// Where it stands.
        public let status: String
    }

    private let executor: any PostgresExecutor

    /// Reads through a pool, a connection or a transaction.
    public init(_ executor: any PostgresExecutor) {
        self.executor = executor
    }

    /// Those that are due by their merchant's own time, oldest first.
    public func find(limit: Int) async throws -> [Row] {
        let rows = try await executor.query(
            """
            SELECT merchant_id, payment_id, id, status FROM dispute
            WHERE due_at <= merchant_now(merchant_id)
            ORDER BY due_at
            LIMIT \(Int64(limit))
            """
        )
        return try rows.compactMap { row in
            let (merchant, payment, dispute, status) = try row.decode(
                (String, String, String, String).self
            )
            guard let merchantID = MerchantID(rawValue: merchant),
                let paymentID = PaymentID(rawValue: payment),
                let disputeID = DisputeID(rawValue: dispute)
            else { return nil }
            return Row(
                merchantID: merchantID,
                paymentID: paymentID,
                disputeID: disputeID,
                status: status
            )
        }
    }
}
