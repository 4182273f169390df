import JSON
import Money
import Payments
import Postgres
import Webhooks

/// The statements that store ended attempts.
enum AttemptStatements {
    /// An attempt with what becomes of its delivery.
    struct Result: Sendable {
        let attempt: EndedAttempt
        let status: String
        let dueAt: Timestamp?
        let step: Int32
        /// When it began and when that is written down, by the merchant's time.
        let startedAt: Timestamp
        let storedAt: Timestamp

        init(
            _ attempt: EndedAttempt,
            _ verdict: DeliveryVerdict,
            endpoint: WebhookEndpoint,
            aheadMicroseconds: Int64,
            at now: Timestamp
        ) {
            self.attempt = attempt
            startedAt = attempt.record.startedAt.adding(microseconds: aheadMicroseconds)
            storedAt = now
            switch verdict {
            case .succeeded:
                (status, dueAt, step) = ("succeeded", nil, attempt.delivery.step)
            case .failed: (status, dueAt, step) = ("failed", nil, attempt.delivery.step)
            case .retry where endpoint.isDeleted:
                (status, dueAt, step) = ("canceled", nil, attempt.delivery.step)
            case .retry where !endpoint.settings.isEnabled:
                (status, dueAt, step) = ("held", nil, attempt.delivery.step)
            case .retry(let moment, let next):
                (status, dueAt, step) = ("pending", moment, Int32(next))
            }
        }
    }

    static func lockTargets(_ keys: [TargetKey]) -> Query {
        """
        SELECT target.endpoint, target.health
        FROM webhook_target target
        JOIN unnest(
            \(keys.map(\.merchantID.rawValue))::text[],
            \(keys.map(\.endpointID.rawValue))::text[]
        ) AS served (merchant_id, endpoint_id) USING (merchant_id, endpoint_id)
        ORDER BY target.merchant_id, target.endpoint_id
        FOR UPDATE OF target
        """
    }

    /// The fence: locks the deliveries whose lease is still the one that was claimed.
    static func lockHeld(_ attempts: [EndedAttempt]) -> Query {
        """
        SELECT delivery.lease_token
        FROM webhook_delivery delivery
        JOIN unnest(
            \(attempts.map(\.delivery.target.key.merchantID.rawValue))::text[],
            \(attempts.map(\.delivery.id.rawValue))::text[],
            \(attempts.map(\.delivery.leaseToken))::bigint[]
        ) AS ended (merchant_id, id, lease_token) USING (merchant_id, id, lease_token)
        ORDER BY delivery.merchant_id, delivery.id
        FOR UPDATE OF delivery
        """
    }

    static func insert(_ results: [Result]) -> Query {
        let records = results.map(\.attempt.record)
        let deliveries = results.map(\.attempt.delivery)
        return """
            INSERT INTO webhook_attempt (
                merchant_id, delivery_id, number, started_at, outcome, url, request_headers,
                key_ids, peer_address, resolve_microseconds, connect_microseconds,
                secure_microseconds, first_byte_microseconds, total_microseconds,
                response_status, response_headers, response_body, is_body_cut, next_attempt_at
            )
            SELECT merchant_id, delivery_id, number, started_at, outcome, url, request_headers,
                string_to_array(key_ids, ' '), peer_address, resolve, connect, secure, first_byte,
                total, status, response_headers, body, is_cut, next_attempt_at
            FROM unnest(
                \(deliveries.map(\.target.key.merchantID.rawValue))::text[],
                \(deliveries.map(\.id.rawValue))::text[],
                \(deliveries.map(\.number))::integer[],
                \(results.map { PostgresTimestamp($0.startedAt) })::timestamptz[],
                \(records.map(\.outcome.name))::text[],
                \(records.map(\.url))::text[],
                \(records.map { AttemptRecord.headers($0.requestHeaders).text })::text[],
                \(records.map { $0.keyIDs.joined(separator: " ") })::text[],
                \(records.map(\.peerAddress))::text[],
                \(records.map(\.timings.resolve))::bigint[],
                \(records.map(\.timings.connect))::bigint[],
                \(records.map(\.timings.secure))::bigint[],
                \(records.map(\.timings.firstByte))::bigint[],
                \(records.map(\.timings.total))::bigint[],
                \(records.map { $0.outcome.status.flatMap { Int16(exactly: $0) } })::smallint[],
                \(records.map { AttemptRecord.headers($0.responseHeaders).text })::text[],
                \(records.map(\.responseBody))::bytea[],
                \(records.map(\.isBodyCut))::boolean[],
                \(results.map { $0.dueAt.map { PostgresTimestamp($0) } })::timestamptz[]
            ) AS ended (
                merchant_id, delivery_id, number, started_at, outcome, url, request_headers,
                key_ids, peer_address, resolve, connect, secure, first_byte, total, status,
                response_headers, body, is_cut, next_attempt_at
            )
            """
    }

    static func decide(_ results: [Result]) -> Query {
        """
        UPDATE webhook_delivery delivery
        SET status = ended.status, due_at = ended.due_at, step = ended.step,
            lease_owner = NULL, lease_token = NULL, lease_expires_at = NULL,
            finished_at = CASE WHEN ended.status IN ('succeeded', 'failed', 'canceled')
                THEN ended.stored_at END
        FROM unnest(
            \(results.map(\.attempt.delivery.target.key.merchantID.rawValue))::text[],
            \(results.map(\.attempt.delivery.id.rawValue))::text[],
            \(results.map(\.status))::text[],
            \(results.map { $0.dueAt.map { PostgresTimestamp($0) } })::timestamptz[],
            \(results.map(\.step))::integer[],
            \(results.map { PostgresTimestamp($0.storedAt) })::timestamptz[]
        ) AS ended (merchant_id, id, status, due_at, step, stored_at)
        WHERE delivery.merchant_id = ended.merchant_id AND delivery.id = ended.id
        """
    }
}
