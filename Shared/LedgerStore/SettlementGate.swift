public import Payments
public import Postgres

/// The order between refunds and the completion of settlement batches.
///
/// A refund takes from what is pending before its charge is settled and from what is available
/// after. Which it is, is decided before the network is asked, and holds only if it still holds
/// when the journal is posted: the refund's transaction keeps its merchant's gate shared from the
/// check to its commit, a completion keeps it alone. A refund that finds it changed is decided
/// again.
public enum SettlementGate {
    /// A refund with what it was decided on.
    public struct Assumption: Sendable, Equatable {
        /// Whose refund it is.
        public let merchantID: MerchantID
        /// The payment whose money goes back.
        public let paymentID: PaymentID
        /// Whether the charge was settled.
        public let isSettled: Bool

        /// States what a refund was decided on.
        public init(merchantID: MerchantID, paymentID: PaymentID, isSettled: Bool) {
            self.merchantID = merchantID
            self.paymentID = paymentID
            self.isSettled = isSettled
        }
    }

    /// Keeps the gates of these refunds' merchants shared, and asks which payments are settled.
    ///
    /// The last of the statements answers; the others go before it in the same transaction.
    public static func check(_ assumptions: [Assumption]) -> [Query] {
        let merchants = Set(assumptions.map(\.merchantID.rawValue)).sorted()
        return [
            """
            INSERT INTO settlement_gate (merchant_id)
            SELECT merchant_id FROM unnest(\(merchants)::text[]) AS wanted (merchant_id)
            WHERE NOT EXISTS (
                SELECT FROM settlement_gate gate WHERE gate.merchant_id = wanted.merchant_id)
            ORDER BY merchant_id
            ON CONFLICT DO NOTHING
            """,
            """
            SELECT FROM settlement_gate WHERE merchant_id = ANY (\(merchants)::text[])
            ORDER BY merchant_id
            FOR SHARE
            """,
            """
            SELECT EXISTS (
                SELECT FROM settlement_item item
                WHERE item.merchant_id = wanted.merchant_id
                    AND item.payment_id = wanted.payment_id
                    AND item.kind = 'sale' AND item.settlement_id IS NOT NULL)
            FROM unnest(
                \(assumptions.map(\.merchantID.rawValue))::text[],
                \(assumptions.map(\.paymentID.rawValue))::text[]
            ) WITH ORDINALITY AS wanted (merchant_id, payment_id, ordinal)
            ORDER BY ordinal
            """,
        ]
    }

    /// The assumptions that do not hold, by their place.
    public static func broken(
        _ assumptions: [Assumption],
        _ answer: Rows
    ) throws(PostgresError) -> [Int] {
        var broken: [Int] = []
        for (place, row) in answer.enumerated() where place < assumptions.count {
            let isSettled = try row.decode(Bool.self, at: 0)
            if isSettled != assumptions[place].isSettled { broken.append(place) }
        }
        return broken
    }

    /// Keeps a merchant's gate alone, for the completion of a batch.
    public static func close(_ merchantID: MerchantID) -> Query {
        "SELECT FROM settlement_gate WHERE merchant_id = \(merchantID.rawValue) FOR UPDATE"
    }
}
