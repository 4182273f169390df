import JSON
import Money
import Payments
import Postgres
import Webhooks

/// The statements that a round of the fan-out writes with.
enum FanOutStatements {
    struct Body: Sendable {
        let merchantID: MerchantID
        let eventID: String
        let apiVersion: String
        let bytes: [UInt8]
    }

    /// Stores endpoints as the feed shows them now; their health stays what it was.
    static func store(_ known: [(target: WebhookTarget, fresh: EndpointHealth)]) -> [Query] {
        let targets = known.map(\.target)
        return [
            """
            INSERT INTO webhook_target AS known (
                merchant_id, endpoint_id, version, is_enabled, is_deleted, endpoint, health
            )
            SELECT merchant_id, endpoint_id, version, is_enabled, is_deleted, endpoint, health
            FROM unnest(
                \(targets.map(\.key.merchantID.rawValue))::text[],
                \(targets.map(\.key.endpointID.rawValue))::text[],
                \(targets.map(\.endpoint.version))::integer[],
                \(targets.map(\.isEnabled))::boolean[],
                \(targets.map(\.endpoint.isDeleted))::boolean[],
                \(targets.map(\.endpoint.document.text))::text[],
                \(known.map(\.fresh.document.text))::text[]
            ) AS shown (merchant_id, endpoint_id, version, is_enabled, is_deleted, endpoint, health)
            ON CONFLICT (merchant_id, endpoint_id) DO UPDATE
            SET version = EXCLUDED.version, is_deleted = EXCLUDED.is_deleted,
                endpoint = EXCLUDED.endpoint, is_enabled = EXCLUDED.is_enabled,
                -- Who is switched on again starts anew.
                health = CASE WHEN EXCLUDED.is_enabled AND NOT known.is_enabled
                    THEN EXCLUDED.health ELSE known.health END
            """
        ]
    }

    static func insert(_ bodies: [Body], at now: Timestamp) -> Query {
        """
        INSERT INTO webhook_message (merchant_id, event_id, api_version, body, created_at)
        SELECT merchant_id, event_id, api_version, body, \(PostgresTimestamp(now))
        FROM unnest(
            \(bodies.map(\.merchantID.rawValue))::text[],
            \(bodies.map(\.eventID))::text[],
            \(bodies.map(\.apiVersion))::text[],
            \(bodies.map { String(decoding: $0.bytes, as: UTF8.self) })::text[]
        ) AS rendered (merchant_id, event_id, api_version, body)
        ON CONFLICT (merchant_id, event_id, api_version) DO NOTHING
        """
    }

    /// A second delivery of an event to an endpoint breaks `webhook_delivery_once`, and the round.
    static func insert(_ deliveries: [PlannedDelivery]) -> Query {
        """
        INSERT INTO webhook_delivery (
            merchant_id, id, endpoint_id, event_id, event_type, event_at, api_version, stream,
            sequence, status, due_at, created_at
        )
        SELECT merchant_id, id, endpoint_id, event_id, event_type, event_at, api_version, stream,
            sequence, CASE WHEN due_at IS NULL THEN 'held' ELSE 'pending' END, due_at,
            created_at
        FROM unnest(
            \(deliveries.map(\.target.merchantID.rawValue))::text[],
            \(deliveries.map(\.id.rawValue))::text[],
            \(deliveries.map(\.target.endpointID.rawValue))::text[],
            \(deliveries.map(\.eventID))::text[],
            \(deliveries.map(\.eventType))::text[],
            \(deliveries.map { PostgresTimestamp($0.eventAt) })::timestamptz[],
            \(deliveries.map(\.apiVersion))::text[],
            \(deliveries.map(\.stream))::text[],
            \(deliveries.map(\.sequence))::bigint[],
            \(deliveries.map { $0.dueAt.map { PostgresTimestamp($0) } })::timestamptz[],
            \(deliveries.map { PostgresTimestamp($0.createdAt) })::timestamptz[]
        ) AS planned (
            merchant_id, id, endpoint_id, event_id, event_type, event_at, api_version, stream,
            sequence, due_at, created_at
        )
        """
    }

    /// Holds or cancels what waits for an endpoint that is off; what is in flight comes to its own
    /// end and is decided there.
    static func stop(_ target: WebhookTarget, at now: Timestamp) -> Query {
        let status = target.endpoint.isDeleted ? "canceled" : "held"
        return """
            UPDATE webhook_delivery
            SET status = \(status), due_at = NULL,
                finished_at = CASE WHEN \(target.endpoint.isDeleted)
                    THEN \(PostgresTimestamp(now)) END
            WHERE merchant_id = \(target.key.merchantID.rawValue)
                AND endpoint_id = \(target.key.endpointID.rawValue)
                AND lease_token IS NULL
                AND (status = 'pending' OR (status = 'held' AND \(target.endpoint.isDeleted)))
            """
    }

    /// Makes deliveries due again; those that wait anyway stay as they are.
    static func replay(
        _ replay: WebhookReplay,
        of merchantID: MerchantID,
        at now: Timestamp
    ) -> Query {
        let fit = ReplaySelection(replay)
        return """
            UPDATE webhook_delivery
            SET status = 'pending', due_at = \(PostgresTimestamp(now)), step = 0, finished_at = NULL
            WHERE merchant_id = \(merchantID.rawValue)
                AND endpoint_id = \(replay.endpointID.rawValue)
                AND (\(fit.deliveryID)::text = '' OR id = \(fit.deliveryID))
                AND event_at >= \(fit.from) AND event_at < \(fit.until)
                AND (cardinality(\(fit.types)::text[]) = 0
                    OR event_type LIKE ANY (\(fit.types)::text[]))
                AND status = ANY (\(fit.statuses)::text[])
                AND EXISTS (
                    SELECT FROM webhook_target target
                    WHERE target.merchant_id = webhook_delivery.merchant_id
                        AND target.endpoint_id = webhook_delivery.endpoint_id
                        AND target.is_enabled)
            """
    }

    static func lock(_ keys: [TargetKey]) -> Query {
        """
        SELECT FROM webhook_target target
        JOIN unnest(
            \(keys.map(\.merchantID.rawValue))::text[],
            \(keys.map(\.endpointID.rawValue))::text[]
        ) AS touched (merchant_id, endpoint_id) USING (merchant_id, endpoint_id)
        ORDER BY target.merchant_id, target.endpoint_id
        FOR UPDATE OF target
        """
    }

    static func wake(_ keys: [TargetKey], at now: Timestamp) -> Query {
        """
        UPDATE webhook_target SET wake_at = least(wake_at, \(PostgresTimestamp(now)))
        FROM unnest(
            \(keys.map(\.merchantID.rawValue))::text[],
            \(keys.map(\.endpointID.rawValue))::text[]
        ) AS awake (merchant_id, endpoint_id)
        WHERE webhook_target.merchant_id = awake.merchant_id
            AND webhook_target.endpoint_id = awake.endpoint_id
        """
    }
}

/// Which deliveries a wish to deliver again is about, as statements want it.
struct ReplaySelection: Sendable {
    /// What is delivered again when the merchant does not say.
    static let usualStatuses = ["failed", "held", "succeeded"]

    private static let endOfTime = PostgresTimestamp(
        microsecondsSinceEpoch: 253_402_300_799_000_000
    )

    /// Empty for all.
    let deliveryID: String
    let from: PostgresTimestamp
    let until: PostgresTimestamp
    /// Patterns of `LIKE`.
    let types: [String]
    let statuses: [String]

    /// Takes a wish as it was written down, or as a question: then all that is there is counted, and
    /// not only what was there when it was written down.
    init(_ replay: WebhookReplay, counting: Bool = false) {
        deliveryID = replay.deliveryID ?? ""
        from = PostgresTimestamp(replay.from ?? Timestamp(secondsSinceEpoch: 0))
        // What happens behind the wish is no part of it; the one delivery named is, in any case.
        let asked = replay.requestedAt.adding(microseconds: 1)
        until =
            replay.deliveryID == nil && !counting
            ? PostgresTimestamp(replay.until.map { min($0, asked) } ?? asked)
            : replay.until.map { PostgresTimestamp($0) } ?? Self.endOfTime
        types =
            replay.types.contains("*")
            ? []
            : replay.types.map { type in
                type.replacing("\\", with: "\\\\").replacing("_", with: "\\_")
                    .replacing("%", with: "\\%").replacing("*", with: "%")
            }
        statuses = replay.statuses.isEmpty ? Self.usualStatuses : replay.statuses
    }
}
