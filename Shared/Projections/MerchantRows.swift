import JSON
import Payments
import Postgres

/// Rows of merchants and of the hashes of their keys.
enum MerchantRows {
    static func upsert(_ merchants: [Merchant], into place: ProjectionPlace) -> Query {
        """
        INSERT INTO \(raw: place.schema).merchant (
            merchant_id, created_at, version, livemode, document
        )
        SELECT merchant_id, created_at, 1, livemode, document
        FROM unnest(
            \(merchants.map(\.id.rawValue))::text[],
            \(merchants.map { PostgresTimestamp($0.createdAt) })::timestamptz[],
            \(merchants.map(\.livemode))::boolean[],
            \(merchants.map { $0.document.text })::text[]
        ) AS folded (merchant_id, created_at, livemode, document)
        ON CONFLICT (merchant_id) DO UPDATE
        SET version = EXCLUDED.version, livemode = EXCLUDED.livemode,
            document = EXCLUDED.document
        """
    }

    /// A key that two merchants brought at the same moment belongs to the one created first, in
    /// whatever order the rows are written, so that a rebuild comes to the same owner.
    static func keys(_ keys: [(Merchant, APIKey)], into place: ProjectionPlace) -> Query {
        """
        INSERT INTO \(raw: place.schema).api_key AS known (
            key_hash, merchant_id, kind, livemode, created_at, expires_at
        )
        SELECT DISTINCT ON (key_hash) decode(key_hash, 'hex'), merchant_id, kind, livemode,
            created_at, expires_at
        FROM unnest(
            \(keys.map(\.1.hash))::text[],
            \(keys.map(\.0.id.rawValue))::text[],
            \(keys.map(\.1.kind.rawValue))::text[],
            \(keys.map(\.0.livemode))::boolean[],
            \(keys.map { PostgresTimestamp($0.1.createdAt) })::timestamptz[],
            \(keys.map { $0.1.expiresAt.map { PostgresTimestamp($0) } })::timestamptz[]
        ) AS folded (key_hash, merchant_id, kind, livemode, created_at, expires_at)
        ORDER BY key_hash, created_at, merchant_id
        ON CONFLICT (key_hash) DO UPDATE
        SET merchant_id = EXCLUDED.merchant_id, kind = EXCLUDED.kind,
            livemode = EXCLUDED.livemode, created_at = EXCLUDED.created_at,
            expires_at = EXCLUDED.expires_at
        WHERE (known.created_at, known.merchant_id) > (EXCLUDED.created_at, EXCLUDED.merchant_id)
        """
    }
}
