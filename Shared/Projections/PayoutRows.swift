import JSON
import Money
import Payments
import Postgres

/// Rows of payouts and of merchants' settings of their balance.
enum PayoutRows {
    static func upsert(_ payouts: [Payout], into place: ProjectionPlace) -> Query {
        """
        INSERT INTO \(raw: place.schema).payout (
            merchant_id, id, created_at, version, status, currency, amount_minor, send_at, file_id,
            document
        )
        SELECT merchant_id, id, created_at, version, status, currency, amount_minor, send_at,
            nullif(file_id, ''), document
        FROM unnest(
            \(payouts.map(\.merchantID.rawValue))::text[],
            \(payouts.map(\.id.rawValue))::text[],
            \(payouts.map { PostgresTimestamp($0.createdAt) })::timestamptz[],
            \(payouts.map(\.version))::integer[],
            \(payouts.map(\.status.rawValue))::text[],
            \(payouts.map(\.amount.currency.code))::text[],
            \(payouts.map(\.amount.minorUnits))::bigint[],
            \(payouts.map { PostgresTimestamp($0.creation.sendAt) })::timestamptz[],
            \(payouts.map { $0.fileID ?? "" })::text[],
            \(payouts.map { $0.document.text })::text[]
        ) AS folded (
            merchant_id, id, created_at, version, status, currency, amount_minor, send_at, file_id,
            document
        )
        ON CONFLICT (merchant_id, id) DO UPDATE
        SET version = EXCLUDED.version, status = EXCLUDED.status, file_id = EXCLUDED.file_id,
            document = EXCLUDED.document
        """
    }

    static func settings(_ settings: [BalanceSettings], into place: ProjectionPlace) -> Query {
        """
        INSERT INTO \(raw: place.schema).balance_settings (merchant_id, id, version, document)
        SELECT merchant_id, id, version, document
        FROM unnest(
            \(settings.map(\.merchantID.rawValue))::text[],
            \(settings.map { BalanceSettingsID(of: $0.merchantID).rawValue })::text[],
            \(settings.map(\.version))::integer[],
            \(settings.map { $0.document.text })::text[]
        ) AS folded (merchant_id, id, version, document)
        ON CONFLICT (merchant_id, id) DO UPDATE
        SET version = EXCLUDED.version, document = EXCLUDED.document
        """
    }
}
