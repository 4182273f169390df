import Money
import Payments
import Postgres

/// Rows from disputes and early fraud warnings to their payment.
enum DisputeRows {
    static func disputes(_ disputes: [(Payment, Dispute)], into place: ProjectionPlace) -> Query {
        """
        INSERT INTO \(raw: place.schema).dispute AS known (
            merchant_id, id, payment_id, charge_id, created_at, status, history, due_at
        )
        SELECT merchant_id, id, payment_id, charge_id, created_at, status,
            string_to_array(history, ','), due_at
        FROM unnest(
            \(disputes.map(\.0.merchantID.rawValue))::text[],
            \(disputes.map(\.1.id.rawValue))::text[],
            \(disputes.map(\.0.id.rawValue))::text[],
            \(disputes.map(\.1.chargeID.rawValue))::text[],
            \(disputes.map { PostgresTimestamp($0.1.createdAt) })::timestamptz[],
            \(disputes.map(\.1.status.rawValue))::text[],
            \(disputes.map { $0.1.history.map(\.status.rawValue).joined(separator: ",") })::text[],
            \(disputes.map { $0.1.dueAt.map { PostgresTimestamp($0) } })::timestamptz[]
        ) AS folded (
            merchant_id, id, payment_id, charge_id, created_at, status, history, due_at
        )
        ON CONFLICT (merchant_id, id) DO UPDATE
        SET status = EXCLUDED.status, history = EXCLUDED.history, due_at = EXCLUDED.due_at
        WHERE known.history <> EXCLUDED.history
            OR known.due_at IS DISTINCT FROM EXCLUDED.due_at
        """
    }

    static func warnings(
        _ warnings: [(Payment, EarlyFraudWarning)],
        into place: ProjectionPlace
    ) -> Query {
        """
        INSERT INTO \(raw: place.schema).early_fraud_warning (
            merchant_id, id, payment_id, charge_id, created_at
        )
        SELECT merchant_id, id, payment_id, charge_id, created_at
        FROM unnest(
            \(warnings.map(\.0.merchantID.rawValue))::text[],
            \(warnings.map(\.1.id.rawValue))::text[],
            \(warnings.map(\.0.id.rawValue))::text[],
            \(warnings.map(\.1.chargeID.rawValue))::text[],
            \(warnings.map { PostgresTimestamp($0.1.createdAt) })::timestamptz[]
        ) AS folded (merchant_id, id, payment_id, charge_id, created_at)
        ON CONFLICT (merchant_id, id) DO NOTHING
        """
    }
}
