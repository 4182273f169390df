import JSON
import Payments
import Postgres

/// Rows of payment methods and card tokens.
enum CardRows {
    static func methods(
        _ methods: [PaymentMethod],
        into place: ProjectionPlace,
        areNew: Bool
    ) -> Query {
        """
        INSERT INTO \(raw: place.schema).payment_method (
            merchant_id, id, created_at, version, document
        )
        SELECT merchant_id, id, created_at, 1, document
        FROM unnest(
            \(methods.map(\.merchantID.rawValue))::text[],
            \(methods.map(\.id.rawValue))::text[],
            \(methods.map { PostgresTimestamp($0.createdAt) })::timestamptz[],
            \(methods.map { $0.document.text })::text[]
        ) AS folded (merchant_id, id, created_at, document)
        \(raw: areNew ? "" : replacing)
        """
    }

    private static let replacing: StaticString = """
        ON CONFLICT (merchant_id, id) DO UPDATE
        SET version = EXCLUDED.version, document = EXCLUDED.document
        """

    static func tokens(_ tokens: [CardToken], into place: ProjectionPlace) -> Query {
        """
        INSERT INTO \(raw: place.schema).card_token (
            merchant_id, id, created_at, version, used, document
        )
        SELECT merchant_id, id, created_at, version, used, document
        FROM unnest(
            \(tokens.map(\.merchantID.rawValue))::text[],
            \(tokens.map(\.id.rawValue))::text[],
            \(tokens.map { PostgresTimestamp($0.createdAt) })::timestamptz[],
            \(tokens.map(\.version))::integer[],
            \(tokens.map(\.isUsed))::boolean[],
            \(tokens.map { $0.document.text })::text[]
        ) AS folded (merchant_id, id, created_at, version, used, document)
        ON CONFLICT (merchant_id, id) DO UPDATE
        SET version = EXCLUDED.version, used = EXCLUDED.used, document = EXCLUDED.document
        """
    }
}
