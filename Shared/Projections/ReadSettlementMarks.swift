import Money
import Payments
import Postgres

extension MerchantReader {
    /// Payments with where their captured money is in settlement; asks only where some is captured.
    func marked(_ payments: [Payment]) async throws -> [Payment] {
        let captured = Set(payments.filter { $0.capturedMinorUnits > 0 }.map(\.id.rawValue))
        guard !captured.isEmpty else { return payments }
        let rows = try await read([
            """
            SELECT payment_id, cutoff_at, settled_at FROM settlement_item
            WHERE merchant_id = \(merchantID.rawValue) AND kind = 'sale'
                AND payment_id = ANY (\(captured.sorted())::text[])
            """
        ])
        var marks: [String: SettlementMark] = [:]
        for row in rows[0] {
            let (payment, cutOff, settled) = try row.decode(
                (String, PostgresTimestamp, PostgresTimestamp?).self
            )
            marks[payment] = SettlementMark(
                cutOffAt: Timestamp(microsecondsSinceEpoch: cutOff.microsecondsSinceEpoch),
                settledAt: settled.map {
                    Timestamp(microsecondsSinceEpoch: $0.microsecondsSinceEpoch)
                }
            )
        }
        return payments.map { payment in
            var payment = payment
            payment.settlementMark = marks[payment.id.rawValue]
            return payment
        }
    }
}
