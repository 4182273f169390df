import JSON
import Money
import Payments
import Postgres

/// Rows of settlement batches.
enum SettlementRows {
    static func upsert(_ settlements: [Settlement], into place: ProjectionPlace) -> Query {
        """
        INSERT INTO \(raw: place.schema).settlement (
            merchant_id, id, created_at, version, currency, cutoff_at, is_completed, document
        )
        SELECT merchant_id, id, created_at, version, currency, cutoff_at, is_completed, document
        FROM unnest(
            \(settlements.map(\.merchantID.rawValue))::text[],
            \(settlements.map(\.id.rawValue))::text[],
            \(settlements.map { PostgresTimestamp($0.createdAt) })::timestamptz[],
            \(settlements.map(\.version))::integer[],
            \(settlements.map(\.opening.currency.code))::text[],
            \(settlements.map { PostgresTimestamp($0.opening.cutOffAt) })::timestamptz[],
            \(settlements.map { $0.completed != nil })::boolean[],
            \(settlements.map { $0.document.text })::text[]
        ) AS folded (
            merchant_id, id, created_at, version, currency, cutoff_at, is_completed, document
        )
        ON CONFLICT (merchant_id, id) DO UPDATE
        SET version = EXCLUDED.version, is_completed = EXCLUDED.is_completed,
            document = EXCLUDED.document
        """
    }
}

/// Which payments are settled.
enum SettlementMarks {
    /// Of these payments, those whose captured charge is in a completed batch.
    static func settled(_ merchants: [String], payments: [String]) -> Query {
        """
        SELECT item.merchant_id, item.payment_id
        FROM unnest(\(merchants)::text[], \(payments)::text[]) AS wanted (merchant_id, payment_id)
        JOIN settlement_item item USING (merchant_id, payment_id)
        WHERE item.kind = 'sale' AND item.settlement_id IS NOT NULL
        """
    }
}
