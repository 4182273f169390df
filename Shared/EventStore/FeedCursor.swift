public import Postgres

/// How far a named consumer of the feed has come.
///
/// The consumer stores its cursor in the transaction of its own effects, so that both happen or
/// neither does.
public struct FeedCursor: Sendable {
    /// The channel on which writers tell that there is something new; readers poll too.
    public static let channel = "event_feed"

    /// The consumer's name, one per purpose: two consumers of one name share one cursor.
    public let consumer: String

    /// Names a consumer.
    public init(consumer: String) {
        self.consumer = consumer
    }

    /// Reads the cursor; a consumer that is new begins at the beginning.
    public func read(_ executor: some PostgresExecutor) async throws(PostgresError) -> FeedPosition
    {
        let rows = try await executor.query(
            "SELECT epoch, tx, position FROM feed_cursor WHERE consumer = \(consumer)"
        )
        guard let row = rows.first else { return .beginning }
        let (epoch, transaction, position) = try row.decode((Int32, UInt64, Int64).self)
        return FeedPosition(epoch: epoch, transaction: transaction, position: position)
    }

    /// Stores the cursor; it only moves forward.
    ///
    /// - Returns: A statement that affects one row, or none when another instance of the consumer
    ///   has come as far already.
    public func advance(to place: FeedPosition) -> Query {
        """
        INSERT INTO feed_cursor AS known (consumer, epoch, tx, position)
        VALUES (
            \(consumer), \(place.epoch)::integer, \(place.transaction)::xid8,
            \(place.position)::bigint
        )
        ON CONFLICT (consumer) DO UPDATE
        SET epoch = EXCLUDED.epoch, tx = EXCLUDED.tx, position = EXCLUDED.position
        WHERE (known.epoch, known.tx, known.position)
            < (EXCLUDED.epoch, EXCLUDED.tx, EXCLUDED.position)
        """
    }
}
