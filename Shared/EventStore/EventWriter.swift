import JSON
import Money
public import Payments
public import Postgres

/// The statements that append events; they run inside a transaction of the caller.
///
/// Appending is set-based: one statement for all events of a batch. The key
/// `(merchant_id, stream, version)` refuses a version that exists already, whatever the caller
/// believed; ``versions(of:)`` tells before the write which item of a batch it would be.
public enum EventWriter {
    /// Appends all events; the affected rows are as many as the events.
    public static func append(
        _ events: [NewEvent],
        catalog: EventCatalog = .current
    ) -> Query {
        let stored = events.map { catalog.store($0.recorded.event) }
        // A fact takes effect at its merchant's time; it is recorded at ours.
        let effectiveAt = events.map {
            PostgresTimestamp(microsecondsSinceEpoch: $0.recorded.recordedAt.microsecondsSinceEpoch)
        }
        return """
            INSERT INTO event (
                merchant_id, stream, version, type, type_version, data, command_id, request_id,
                idempotency_key, recorded_at, effective_at
            )
            SELECT merchant_id, stream, version, type, type_version, data, command_id, request_id,
                idempotency_key, now(), effective_at
            FROM unnest(
                \(events.map(\.merchantID.rawValue))::text[],
                \(events.map(\.recorded.stream.rawValue))::text[],
                \(events.map(\.recorded.version))::integer[],
                \(stored.map(\.type))::text[],
                \(stored.map(\.typeVersion))::smallint[],
                \(stored.map { String(decoding: $0.data.serialized(), as: UTF8.self) })::text[],
                \(events.map(\.cause.commandID))::bigint[],
                \(events.map(\.cause.requestID))::text[],
                \(events.map(\.cause.idempotencyKey))::text[],
                \(effectiveAt)::timestamptz[]
            ) WITH ORDINALITY AS new_event (
                merchant_id, stream, version, type, type_version, data, command_id, request_id,
                idempotency_key, effective_at, ordinal
            )
            ORDER BY ordinal
            """
    }

    /// Asks for the versions that streams have; a stream without events gives 0.
    ///
    /// The rows are in the order of the streams, one `integer` each.
    public static func versions(of streams: [StreamKey]) -> Query {
        """
        SELECT coalesce((
            SELECT event.version
            FROM event
            WHERE event.merchant_id = wanted.merchant_id AND event.stream = wanted.stream
            ORDER BY event.version DESC
            LIMIT 1
        ), 0)
        FROM unnest(
            \(streams.map(\.merchantID.rawValue))::text[],
            \(streams.map(\.stream.rawValue))::text[]
        ) WITH ORDINALITY AS wanted (merchant_id, stream, ordinal)
        ORDER BY ordinal
        """
    }
}
