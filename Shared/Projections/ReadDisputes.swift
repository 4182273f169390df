public import Payments
import Postgres

/// Disputes and early fraud warnings; each is in its payment's document.
extension MerchantReader {
    /// The payment that a dispute is about.
    public func payment(of dispute: DisputeID) async throws -> Payment? {
        try await payment(
            """
            SELECT payment.document
            FROM dispute JOIN payment
                ON payment.merchant_id = dispute.merchant_id AND payment.id = dispute.payment_id
            WHERE dispute.merchant_id = \(merchantID.rawValue) AND dispute.id = \(dispute.rawValue)
            """
        )
    }

    /// The payment that an early fraud warning is about.
    public func payment(of warning: EarlyFraudWarningID) async throws -> Payment? {
        try await payment(
            """
            SELECT payment.document
            FROM early_fraud_warning warning JOIN payment
                ON payment.merchant_id = warning.merchant_id AND payment.id = warning.payment_id
            WHERE warning.merchant_id = \(merchantID.rawValue) AND warning.id = \(warning.rawValue)
            """
        )
    }

    /// A page of disputes, each with its payment.
    public func disputes(_ page: PageRequest) async throws -> Page<ListedPart> {
        try await list(page, table: "dispute", paymentColumn: "payment_id")
    }

    /// A page of early fraud warnings, each with its payment.
    public func fraudWarnings(_ page: PageRequest) async throws -> Page<ListedPart> {
        try await list(page, table: "early_fraud_warning", paymentColumn: "payment_id")
    }
}
