public import Payments
import Postgres

/// Several payments at once.
extension MerchantReader {
    /// Those of these payments that this merchant has, by identifier, in one round trip.
    public func payments(_ ids: some Sequence<PaymentID>) async throws -> [PaymentID: Payment] {
        let wanted = Set(ids.map(\.rawValue)).sorted()
        guard !wanted.isEmpty else { return [:] }
        let rows = try await read([
            """
            SELECT document FROM payment
            WHERE merchant_id = \(merchantID.rawValue) AND id = ANY (\(wanted)::text[])
            """
        ])
        var found: [PaymentID: Payment] = [:]
        let read = try rows[0].map { try Self.payment($0.decode([UInt8].self, at: 0)) }
        for payment in try await marked(read) { found[payment.id] = payment }
        return found
    }
}
