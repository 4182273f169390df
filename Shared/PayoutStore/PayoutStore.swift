import Calendar
import EventStore
import JSON
import Ledger
import LedgerStore
import Money
import Payments
public import Postgres
import Projections

/// Everything that the payout service keeps: what is due, what is inside, files to and from the bank.
///
/// Each function is one transaction that may be repeated after a crash. Two instances that do the same
/// at once wait for each other at a row, and the second finds nothing to do.
public struct PayoutStore: Sendable {
    /// The most events that one turn reads.
    static let maximumEvents = 2_000
    /// When on its day a payout is made, by the clock of the merchant's country.
    static let secondsAfterMidnight: Int64 = 9 * 3_600

    let pool: PostgresPool

    /// Works through a pool in the role `payout`.
    public init(_ pool: PostgresPool) {
        self.pool = pool
    }

    /// Reads the feed on.
    ///
    /// What was settled is put on the schedule, and what is inside of each new payout is written
    /// down.
    ///
    /// - Returns: How many events mattered.
    public func take() async throws -> Int {
        try await pool.withTransaction { transaction in
            let cursors = try await transaction.query(
                """
                SELECT epoch, tx, position FROM feed_cursor WHERE consumer = 'payout'
                FOR UPDATE SKIP LOCKED
                """
            )
            guard let row = cursors.first else { return 0 }
            let (epoch, tx, position) = try row.decode((Int32, UInt64, Int64).self)
            let page = try await transaction.query(
                """
                SELECT event.merchant_id, event.stream, event.type, event.effective_at,
                    merchant.document, settings.document, settlement.document, event.epoch, event.tx,
                    event.position
                FROM (
                    SELECT * FROM event
                    WHERE (epoch, tx, position) > (
                            \(epoch)::integer, \(tx)::xid8, \(position)::bigint)
                        AND (epoch < current_epoch()
                            OR tx < pg_snapshot_xmin(pg_current_snapshot()))
                    ORDER BY epoch, tx, position
                    LIMIT \(Int64(Self.maximumEvents))
                ) event
                LEFT JOIN merchant ON merchant.merchant_id = event.merchant_id
                    AND event.type = 'settlement_completed'
                LEFT JOIN balance_settings settings
                    ON settings.merchant_id = event.merchant_id
                    AND event.type = 'settlement_completed'
                LEFT JOIN settlement ON settlement.merchant_id = event.merchant_id
                    AND settlement.id = event.stream AND event.type = 'settlement_completed'
                ORDER BY event.epoch, event.tx, event.position
                """
            )
            guard let last = page.last else { return 0 }
            var mattered = 0
            for row in page {
                let type = try row.decode(String.self, at: 2)
                if type == SettlementEvent.Kind.completed.rawValue {
                    try await schedule(row, transaction)
                    mattered += 1
                } else if type == PayoutEvent.Kind.created.rawValue {
                    let (merchant, payout) = try (
                        row.decode(String.self, at: 0), row.decode(String.self, at: 1)
                    )
                    try await transaction.execute(PayoutContents.allocate(payout, of: merchant))
                    mattered += 1
                }
            }
            try await transaction.execute(
                """
                UPDATE feed_cursor SET epoch = \(try last.decode(Int32.self, at: 7))::integer,
                    tx = \(try last.decode(UInt64.self, at: 8))::xid8,
                    position = \(try last.decode(Int64.self, at: 9))::bigint
                WHERE consumer = 'payout'
                """
            )
            return mattered
        }
    }

    private func schedule(_ row: Row, _ transaction: Transaction) async throws {
        let settled = try row.decode(PostgresTimestamp.self, at: 3).moment
        let merchant = try Merchant(
            document: try JSON(parsing: try row.decode([UInt8].self, at: 4))
        )
        let settings =
            try row.decode([UInt8]?.self, at: 5)
            .map { try BalanceSettings(document: try JSON(parsing: $0)) }
            ?? BalanceSettings(of: merchant)
        let batch = try Settlement(document: try JSON(parsing: try row.decode([UInt8].self, at: 6)))
        try await transaction.execute(
            """
            INSERT INTO payout_schedule (
                merchant_id, settlement_id, currency, available_minor, due_at)
            VALUES (
                \(merchant.id.rawValue), \(batch.id.rawValue), \(batch.opening.currency.code),
                \(batch.completed?.available.minorUnits ?? 0),
                \(PostgresTimestamp(Self.due(settled, after: settings.delayDays, merchant)))
            )
            ON CONFLICT DO NOTHING
            """
        )
    }

    /// In the morning of the business day that is so many business days after a settlement.
    static func due(_ settled: Timestamp, after days: Int64, _ merchant: Merchant) -> Timestamp {
        let rule = CutOff.forCountry(merchant.country)
        let day = rule.calendar.settlementDay(of: rule.day(of: settled), plus: Int(days))
        let morning = day.midnight(secondsFromUTC: rule.zone.secondsFromUTC)
            .adding(seconds: secondsAfterMidnight)
        return max(morning, settled)
    }
}

extension PostgresTimestamp {
    init(_ moment: Timestamp) {
        self.init(microsecondsSinceEpoch: moment.microsecondsSinceEpoch)
    }

    var moment: Timestamp { Timestamp(microsecondsSinceEpoch: microsecondsSinceEpoch) }
}
