import Money
import Payments
import Postgres
import Webhooks

/// The statements of a claim.
enum ClaimStatements {
    struct Wanted: Sendable {
        let key: TargetKey
        let count: Int64
        let isProbe: Bool
        let isOrdered: Bool
        /// What time it is for the merchant.
        let now: Timestamp
    }

    struct Lease: Sendable {
        let owner: String
        let now: Timestamp
        let seconds: Int64
    }

    /// Locks the endpoints whose turn it is; those that another instance serves are passed over.
    static func lockTargets(at now: Timestamp) -> Query {
        """
        WITH awake AS (
            SELECT merchant_id, endpoint_id, served_at,
                row_number() OVER (PARTITION BY merchant_id ORDER BY served_at) AS turn
            FROM webhook_target
            WHERE is_enabled AND wake_at <= \(PostgresTimestamp(now))
        ), next AS (
            SELECT merchant_id, endpoint_id, turn FROM awake
            ORDER BY turn, served_at
            LIMIT \(Int64(DeliveryQueue.maximumTargets))
        )
        SELECT target.merchant_id, target.endpoint_id, target.endpoint, target.health
        FROM webhook_target target JOIN next USING (merchant_id, endpoint_id)
        WHERE target.is_enabled AND target.wake_at <= \(PostgresTimestamp(now))
        ORDER BY next.turn, target.served_at
        FOR UPDATE OF target SKIP LOCKED
        """
    }

    /// Frees deliveries whose holder is gone, and logs an attempt that may have been made.
    static func takeOver(_ keys: [TargetKey], at now: Timestamp, leaseSeconds: Int64) -> Query {
        """
        WITH expired AS (
            SELECT delivery.merchant_id, delivery.id, delivery.attempts,
                delivery.lease_expires_at
            FROM webhook_delivery delivery
            JOIN unnest(
                \(keys.map(\.merchantID.rawValue))::text[],
                \(keys.map(\.endpointID.rawValue))::text[]
            ) AS served (merchant_id, endpoint_id) USING (merchant_id, endpoint_id)
            WHERE delivery.lease_token IS NOT NULL
                AND delivery.lease_expires_at <= \(PostgresTimestamp(now))
            FOR UPDATE OF delivery SKIP LOCKED
        ), freed AS (
            UPDATE webhook_delivery delivery
            SET lease_owner = NULL, lease_token = NULL, lease_expires_at = NULL
            FROM expired
            WHERE delivery.merchant_id = expired.merchant_id AND delivery.id = expired.id
        )
        INSERT INTO webhook_attempt (merchant_id, delivery_id, number, started_at, outcome)
        SELECT merchant_id, id, attempts,
            lease_expires_at - \(leaseSeconds) * interval '1 second'
                + merchant_offset(merchant_id),
            \(DeliveryOutcome.interrupted.name)
        FROM expired
        """
    }

    /// How far the clocks of merchants are ahead, in the order of the keys.
    ///
    /// Asked for after the endpoints' rows are locked: who moves a clock wakes its endpoints, and
    /// waits for these locks, so a wake that is worked out from this answer is never too late.
    static func ahead(_ keys: [TargetKey]) -> Query {
        """
        SELECT coalesce((
            SELECT offset_microseconds FROM merchant_clock
            WHERE merchant_clock.merchant_id = served.merchant_id), 0)
        FROM unnest(\(keys.map(\.merchantID.rawValue))::text[])
            WITH ORDINALITY AS served (merchant_id, place)
        ORDER BY place
        """
    }

    /// How many deliveries are in flight to each endpoint, in the order of the keys.
    static func inFlight(_ keys: [TargetKey]) -> Query {
        """
        SELECT (
            SELECT count(*) FROM webhook_delivery delivery
            WHERE delivery.merchant_id = served.merchant_id
                AND delivery.endpoint_id = served.endpoint_id
                AND delivery.lease_token IS NOT NULL
        )
        FROM unnest(
            \(keys.map(\.merchantID.rawValue))::text[],
            \(keys.map(\.endpointID.rawValue))::text[]
        ) WITH ORDINALITY AS served (merchant_id, endpoint_id, place)
        ORDER BY place
        """
    }

    /// Takes the oldest deliveries that are due of each endpoint; for a probe the oldest of all.
    ///
    /// Where order is kept, a delivery has to wait until the one before it of the same object is
    /// over.
    static func claim(_ wanted: [Wanted], _ lease: Lease) -> Query {
        let now = PostgresTimestamp(lease.now)
        return """
            WITH wanted AS (
                SELECT * FROM unnest(
                    \(wanted.map(\.key.merchantID.rawValue))::text[],
                    \(wanted.map(\.key.endpointID.rawValue))::text[],
                    \(wanted.map(\.count))::bigint[],
                    \(wanted.map(\.isProbe))::boolean[],
                    \(wanted.map(\.isOrdered))::boolean[],
                    \(wanted.map { PostgresTimestamp($0.now) })::timestamptz[]
                ) AS wish (merchant_id, endpoint_id, most, is_probe, is_ordered, now)
            ), chosen AS (
                SELECT wanted.merchant_id, wanted.is_probe, due.id
                FROM wanted CROSS JOIN LATERAL (
                    SELECT delivery.id FROM webhook_delivery delivery
                    WHERE NOT wanted.is_probe
                        AND delivery.merchant_id = wanted.merchant_id
                        AND delivery.endpoint_id = wanted.endpoint_id
                        AND delivery.status = 'pending' AND delivery.lease_token IS NULL
                        AND delivery.due_at <= wanted.now
                        AND NOT (wanted.is_ordered AND EXISTS (
                            SELECT FROM webhook_delivery earlier
                            WHERE earlier.merchant_id = delivery.merchant_id
                                AND earlier.endpoint_id = delivery.endpoint_id
                                AND earlier.stream = delivery.stream
                                AND earlier.status = 'pending'
                                AND earlier.sequence < delivery.sequence))
                    ORDER BY delivery.due_at, delivery.id
                    LIMIT wanted.most
                    FOR UPDATE SKIP LOCKED
                ) AS due
                UNION ALL
                SELECT wanted.merchant_id, wanted.is_probe, oldest.id
                FROM wanted CROSS JOIN LATERAL (
                    SELECT delivery.id FROM webhook_delivery delivery
                    WHERE wanted.is_probe
                        AND delivery.merchant_id = wanted.merchant_id
                        AND delivery.endpoint_id = wanted.endpoint_id
                        AND delivery.status = 'pending' AND delivery.lease_token IS NULL
                    ORDER BY delivery.event_at, delivery.sequence
                    LIMIT 1
                    FOR UPDATE SKIP LOCKED
                ) AS oldest
            ), leased AS (
                UPDATE webhook_delivery delivery
                SET lease_owner = \(lease.owner), lease_token = nextval('webhook_lease_token'),
                    lease_expires_at = \(now) + \(lease.seconds) * interval '1 second',
                    attempts = delivery.attempts + 1
                FROM chosen
                WHERE delivery.merchant_id = chosen.merchant_id AND delivery.id = chosen.id
                RETURNING delivery.*, chosen.is_probe
            )
            SELECT leased.merchant_id, leased.id, leased.endpoint_id, leased.event_id,
                leased.event_type, message.body, leased.attempts, leased.step, leased.due_at,
                leased.is_probe, leased.lease_token
            FROM leased JOIN webhook_message message USING (merchant_id, event_id, api_version)
            ORDER BY leased.due_at, leased.event_at, leased.sequence
            """
    }

    static func claimed(
        _ row: Row,
        _ targets: [TargetKey: (target: WebhookTarget, aheadMicroseconds: Int64)]
    ) throws -> ClaimedDelivery {
        let (merchant, id, endpoint, eventID, type, body, number, step, dueAt, isProbe, token) =
            try row.decode(
                (
                    String, String, String, String, String, [UInt8], Int32, Int32,
                    PostgresTimestamp, Bool, Int64
                ).self
            )
        let key = try TargetKey(merchant: merchant, endpoint: endpoint)
        guard let deliveryID = WebhookDeliveryID(rawValue: id), let known = targets[key] else {
            throw PostgresError(.typeMismatch, "a delivery was claimed that was not wanted")
        }
        return ClaimedDelivery(
            id: deliveryID,
            target: known.target,
            aheadMicroseconds: known.aheadMicroseconds,
            eventID: eventID,
            eventType: type,
            body: body,
            number: number,
            step: step,
            dueAt: dueAt.timestamp,
            isProbe: isProbe,
            leaseToken: token
        )
    }
}
