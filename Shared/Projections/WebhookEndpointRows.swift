import JSON
import Payments
import Postgres

/// Rows of webhook endpoints, the deleted ones included.
enum WebhookEndpointRows {
    static func upsert(_ endpoints: [WebhookEndpoint], into place: ProjectionPlace) -> Query {
        """
        INSERT INTO \(raw: place.schema).webhook_endpoint (
            merchant_id, id, created_at, version, is_deleted, document
        )
        SELECT merchant_id, id, created_at, version, is_deleted, document
        FROM unnest(
            \(endpoints.map(\.merchantID.rawValue))::text[],
            \(endpoints.map(\.id.rawValue))::text[],
            \(endpoints.map { PostgresTimestamp($0.createdAt) })::timestamptz[],
            \(endpoints.map(\.version))::integer[],
            \(endpoints.map(\.isDeleted))::boolean[],
            \(endpoints.map { $0.document.text })::text[]
        ) AS folded (merchant_id, id, created_at, version, is_deleted, document)
        ON CONFLICT (merchant_id, id) DO UPDATE
        SET version = EXCLUDED.version, is_deleted = EXCLUDED.is_deleted,
            document = EXCLUDED.document
        """
    }
}
