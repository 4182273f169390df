import EventStore
import Postgres

/// How far the store has been checked: everything at or before it is settled, because it lies below
/// the oldest transaction that was running.
struct Watermark: Sendable, Equatable {
    /// The last event.
    let event: FeedPosition
    /// The last posting batch; its number in the place of the position.
    let batch: FeedPosition

    /// Names a place in both feeds.
    init(event: FeedPosition, batch: FeedPosition) {
        self.event = event
        self.batch = batch
    }

    /// Before everything.
    static let beginning = Watermark(event: .beginning, batch: .beginning)

    /// The last places below the horizon that a transaction sees.
    static func horizon(_ executor: any PostgresExecutor) async throws -> Watermark {
        let rows = try await executor.query(
            """
            SELECT epoch, tx, id
            FROM posting_batch
            WHERE epoch < current_epoch() OR tx < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY epoch DESC, tx DESC, id DESC
            LIMIT 1
            """
        )
        return Watermark(
            event: try await EventReader(executor).horizon(),
            batch: try rows.first.map { try FeedPosition($0) } ?? .beginning
        )
    }

    /// What earlier runs have checked.
    static func stored(_ executor: any PostgresExecutor) async throws -> Watermark {
        let rows = try await executor.query(
            """
            SELECT event_epoch, event_tx, event_position, batch_epoch, batch_tx, batch_id
            FROM reconciliation_watermark
            """
        )
        guard let row = rows.first else { return .beginning }
        let (epoch, transaction, position, batchEpoch, batchTransaction, batchID) = try row.decode(
            (Int32, UInt64, Int64, Int32, UInt64, Int64).self
        )
        return Watermark(
            event: FeedPosition(epoch: epoch, transaction: transaction, position: position),
            batch: FeedPosition(
                epoch: batchEpoch,
                transaction: batchTransaction,
                position: batchID
            )
        )
    }

    /// Moves the stored watermark here.
    var store: Query {
        """
        INSERT INTO reconciliation_watermark (
            event_epoch, event_tx, event_position, batch_epoch, batch_tx, batch_id
        )
        VALUES (
            \(event.epoch)::integer, \(event.transaction)::xid8, \(event.position)::bigint,
            \(batch.epoch)::integer, \(batch.transaction)::xid8, \(batch.position)::bigint
        )
        ON CONFLICT (single) DO UPDATE
        SET event_epoch = EXCLUDED.event_epoch, event_tx = EXCLUDED.event_tx,
            event_position = EXCLUDED.event_position, batch_epoch = EXCLUDED.batch_epoch,
            batch_tx = EXCLUDED.batch_tx, batch_id = EXCLUDED.batch_id, moved_at = now()
        """
    }
}

extension FeedPosition {
    init(_ row: Row) throws {
        let (epoch, transaction, position) = try row.decode((Int32, UInt64, Int64).self)
        self.init(epoch: epoch, transaction: transaction, position: position)
    }
}
