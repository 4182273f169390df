public import Payments
public import Postgres

/// Reads streams and the feed.
///
/// Readers of the feed never skip an event: it is ordered by `(epoch, tx, position)` and cut at the
/// oldest transaction that is still running, in one statement with one snapshot. A slow writer
/// delays its readers; it cannot make them miss a row. What an earlier epoch wrote is settled: its
/// transactions ended with its cluster.
public struct EventReader: Sendable {
    private let executor: any PostgresExecutor
    private let catalog: EventCatalog

    /// Reads through a pool, a connection or a transaction.
    public init(_ executor: any PostgresExecutor, catalog: EventCatalog = .current) {
        self.executor = executor
        self.catalog = catalog
    }

    /// The events of one stream after a version, oldest first.
    public func stream(_ key: StreamKey, after version: Int32 = 0) async throws -> [EventRow] {
        let rows = try await executor.query(
            """
            SELECT epoch, tx, position, merchant_id, stream, version, type, type_version, data,
                command_id, request_id, idempotency_key, effective_at
            FROM event
            WHERE merchant_id = \(key.merchantID.rawValue) AND stream = \(key.stream.rawValue)
                AND version > \(version)
            ORDER BY version
            """
        )
        return try rows.map { try EventRow($0, catalog: catalog) }
    }

    /// The events after a place in commit order, oldest first, below the horizon.
    ///
    /// Fewer events than the limit mean that the reader is up to date.
    public func feed(after place: FeedPosition, limit: Int) async throws -> [EventRow] {
        let rows = try await executor.query(
            """
            SELECT epoch, tx, position, merchant_id, stream, version, type, type_version, data,
                command_id, request_id, idempotency_key, effective_at
            FROM event
            WHERE (epoch, tx, position)
                    > (
                        \(place.epoch)::integer, \(place.transaction)::xid8,
                        \(place.position)::bigint
                    )
                AND (epoch < (SELECT current_epoch())
                    OR tx < pg_snapshot_xmin(pg_current_snapshot()))
            ORDER BY epoch, tx, position
            LIMIT \(Int64(limit))
            """
        )
        return try rows.map { try EventRow($0, catalog: catalog) }
    }

    /// The events of streams in key order, from a stream on; for whole-store work such as a
    /// rebuild.
    ///
    /// It sees what is committed, not only what is below the horizon.
    public func streams(from key: StreamKey?, limit: Int) async throws -> [EventRow] {
        let rows = try await executor.query(
            """
            SELECT epoch, tx, position, merchant_id, stream, version, type, type_version, data,
                command_id, request_id, idempotency_key, effective_at
            FROM event
            WHERE (merchant_id, stream)
                >= (\(key?.merchantID.rawValue ?? "")::text, \(key?.stream.rawValue ?? "")::text)
            ORDER BY merchant_id, stream, version
            LIMIT \(Int64(limit))
            """
        )
        return try rows.map { try EventRow($0, catalog: catalog) }
    }

    /// The streams that have events after a place, of all events that the executor sees.
    ///
    /// It looks above the horizon too, where an event may still be overtaken by an earlier one:
    /// only for a transaction that compares within its own snapshot, or that holds all writers off.
    public func streams(touchedAfter place: FeedPosition) async throws -> Set<StreamKey> {
        let rows = try await executor.query(
            """
            SELECT DISTINCT merchant_id, stream
            FROM event
            WHERE (epoch, tx, position)
                > (\(place.epoch)::integer, \(place.transaction)::xid8, \(place.position)::bigint)
            """
        )
        var keys: Set<StreamKey> = []
        for row in rows {
            let (merchant, stream) = try row.decode((String, String).self)
            guard let merchantID = MerchantID(rawValue: merchant),
                let streamID = StreamID(rawValue: stream)
            else { throw EventStoreError(place: place, reason: "an identifier is malformed") }
            keys.insert(StreamKey(merchantID: merchantID, stream: streamID))
        }
        return keys
    }

    /// The last place below the horizon; everything at or before it is settled.
    public func horizon() async throws(PostgresError) -> FeedPosition {
        let rows = try await executor.query(
            """
            SELECT epoch, tx, position
            FROM event
            WHERE epoch < (SELECT current_epoch()) OR tx < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY epoch DESC, tx DESC, position DESC
            LIMIT 1
            """
        )
        guard let row = rows.first else { return .beginning }
        let (epoch, transaction, position) = try row.decode((Int32, UInt64, Int64).self)
        return FeedPosition(epoch: epoch, transaction: transaction, position: position)
    }
}
