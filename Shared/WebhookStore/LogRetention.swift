public import Money
public import Postgres

/// Removes what is finished and old from the delivery log, in bounded steps.
public struct LogRetention: Sendable {
    /// How long a delivery that has come to its end can be seen and replayed.
    public static let keptSeconds: Int64 = 30 * 86_400
    /// The most deliveries of one step.
    public static let maximumDeliveries = 1_000

    private let pool: PostgresPool

    /// Removes through a pool.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Removes one step's worth and says how many deliveries went; bodies go with the last delivery
    /// that needs them.
    public func prune(at now: Timestamp) async throws(PostgresError) -> Int {
        let bound = PostgresTimestamp(now.adding(seconds: -Self.keptSeconds))
        let rows = try await pool.query(
            """
            WITH old AS (
                SELECT merchant_id, id, event_id, api_version FROM webhook_delivery
                WHERE finished_at < \(bound)
                ORDER BY finished_at
                LIMIT \(Int64(Self.maximumDeliveries))
                FOR UPDATE SKIP LOCKED
            ), attempts AS (
                DELETE FROM webhook_attempt attempt USING old
                WHERE attempt.merchant_id = old.merchant_id AND attempt.delivery_id = old.id
            ), deliveries AS (
                DELETE FROM webhook_delivery delivery USING old
                WHERE delivery.merchant_id = old.merchant_id AND delivery.id = old.id
            ), messages AS (
                DELETE FROM webhook_message message USING old
                WHERE message.merchant_id = old.merchant_id AND message.event_id = old.event_id
                    AND message.api_version = old.api_version
                    AND NOT EXISTS (
                        SELECT FROM webhook_delivery other
                        WHERE other.merchant_id = message.merchant_id
                            AND other.event_id = message.event_id
                            AND other.api_version = message.api_version
                            AND (other.finished_at IS NULL OR other.finished_at >= \(bound)))
            )
            SELECT count(*) FROM old
            """
        )
        return try rows.first?.decode(Int.self, at: 0) ?? 0
    }
}
