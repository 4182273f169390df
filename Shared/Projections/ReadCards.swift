import JSON
public import Payments
import Postgres

/// Payment methods and card tokens.
extension MerchantReader {
    /// The payment method, if this merchant has it.
    public func paymentMethod(_ id: PaymentMethodID) async throws -> PaymentMethod? {
        let rows = try await read([
            """
            SELECT document FROM payment_method
            WHERE merchant_id = \(merchantID.rawValue) AND id = \(id.rawValue)
            """
        ])
        guard let row = rows.first?.first else { return nil }
        return try PaymentMethod(document: try JSON(parsing: row.decode([UInt8].self, at: 0)))
    }

    /// The card token, if this merchant has it.
    public func cardToken(_ id: CardTokenID) async throws -> CardToken? {
        let rows = try await read([
            """
            SELECT document FROM card_token
            WHERE merchant_id = \(merchantID.rawValue) AND id = \(id.rawValue)
            """
        ])
        guard let row = rows.first?.first else { return nil }
        return try CardToken(document: try JSON(parsing: row.decode([UInt8].self, at: 0)))
    }
}
