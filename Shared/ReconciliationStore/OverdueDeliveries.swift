import Money
import Postgres

/// Webhook deliveries that were due long ago, while nobody has served their endpoint since.
///
/// An endpoint that is switched off, that its rate or breaker holds back, or that works off what has
/// piled up is in order: it was served lately, or is to be looked at later.
enum OverdueDeliveries {
    static func statement(_ context: CheckContext, merchant: String, limit: Int64) -> Query {
        let bound = PostgresTimestamp(
            context.now.adding(seconds: -context.deadlines.deliverySeconds)
        )
        return """
            SELECT delivery.id, delivery.merchant_id, delivery.endpoint_id, delivery.event_id,
                delivery.due_at
            FROM webhook_target target
            JOIN webhook_delivery delivery USING (merchant_id, endpoint_id)
            LEFT JOIN merchant_clock clock USING (merchant_id)
            WHERE target.is_enabled AND target.served_at < \(bound)
                -- Awake since long ago, or asleep for good although something waits.
                AND (target.wake_at < \(bound) OR target.wake_at = 'infinity')
                AND delivery.status = 'pending'
                -- Leases are of real time, moments at which something is due are the merchant's.
                AND delivery.due_at < \(bound)
                    + coalesce(clock.offset_microseconds, 0) * interval '1 microsecond'
                AND (delivery.lease_expires_at IS NULL OR delivery.lease_expires_at < \(bound))
                AND (\(merchant) = '' OR delivery.merchant_id = \(merchant))
            ORDER BY delivery.due_at, delivery.id LIMIT \(limit)
            """
    }

    static func finding(_ row: Row) throws -> Finding {
        let (delivery, merchant, endpoint, event, dueAt) = try row.decode(
            (String, String, String, String, PostgresTimestamp).self
        )
        return Finding(
            .deliveryPastDeadline,
            delivery,
            merchantID: merchant,
            leftID: event,
            rightID: endpoint,
            occurredAt: dueAt.moment,
            detail: "\(event) is due at \(endpoint), and nobody serves it"
        )
    }
}
