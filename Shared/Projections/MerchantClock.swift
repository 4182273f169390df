public import Money
public import Payments
public import Postgres

/// A merchant's own time: real time, and for demo merchants so much more as was asked for.
public struct MerchantClock: Sendable {
    private let executor: any PostgresExecutor

    /// Works through a pool, a connection or a transaction.
    public init(_ executor: any PostgresExecutor) {
        self.executor = executor
    }

    /// The first moment up to a goal at which something of the merchant's is to be done.
    public func nextDue(of merchantID: MerchantID, upTo goal: Timestamp) async throws -> Timestamp?
    {
        let rows = try await executor.query(
            """
            SELECT min(due_at) FROM due_moment
            WHERE merchant_id = \(merchantID.rawValue) AND due_at <= \(PostgresTimestamp(goal))
            """
        )
        return try rows.first?.decode(PostgresTimestamp?.self, at: 0).map {
            Timestamp(microsecondsSinceEpoch: $0.microsecondsSinceEpoch)
        }
    }

    /// Moves the clock to a moment; a clock that is past it stays.
    public func advance(_ merchantID: MerchantID, to moment: Timestamp) async throws {
        try await executor.execute(
            """
            INSERT INTO merchant_clock AS known (merchant_id, offset_microseconds)
            SELECT \(merchantID.rawValue), greatest(
                0, (extract(epoch FROM \(PostgresTimestamp(moment))::timestamptz - clock_timestamp())
                    * 1000000)::bigint)
            ON CONFLICT (merchant_id) DO UPDATE
            SET offset_microseconds = EXCLUDED.offset_microseconds
            WHERE known.offset_microseconds < EXCLUDED.offset_microseconds
            """
        )
    }

    /// Asks how far the clocks of merchants are ahead; those that have none are missing.
    static func offsets(_ merchants: [String]) -> Query {
        """
        SELECT merchant_id, offset_microseconds FROM merchant_clock
        WHERE merchant_id = ANY (\(merchants)::text[])
        """
    }

    static func offsets(_ rows: Rows) throws(PostgresError) -> [String: Int64] {
        var offsets: [String: Int64] = [:]
        for row in rows {
            let (merchant, microseconds) = try row.decode((String, Int64).self)
            offsets[merchant] = microseconds
        }
        return offsets
    }
}
