import EventStore
import JSON
import LedgerStore
import Money
public import Payments
import Postgres
import Projections

extension SettlementStore {
    /// Opens the batch of a cut-off that has come; nil when another instance was first.
    public func openBatch(_ due: DueCutOff) async throws -> Settlement? {
        let merchant = due.merchantID.rawValue
        let currency = due.currency.code
        return try await pool.withTransaction { transaction in
            let results = try await transaction.pipeline([
                SettlementGate.close(due.merchantID),
                Self.postpone(due.merchantID, due.currency),
                """
                SELECT min(cutoff_at), merchant_now(\(merchant))
                FROM settlement_item
                WHERE merchant_id = \(merchant) AND currency = \(currency)::char(3)
                    AND settlement_id IS NULL
                """,
                """
                SELECT FROM settlement
                WHERE merchant_id = \(merchant) AND currency = \(currency)::char(3)
                    AND NOT is_completed
                """,
            ])
            guard let row = results[2].first, results[3].isEmpty else { return nil }
            let (cutOff, now) = try row.decode((PostgresTimestamp?, PostgresTimestamp).self)
            guard let cutOff, cutOff.moment <= now.moment else { return nil }
            var generator = SystemRandomNumberGenerator()
            let id = SettlementID.generate(at: now.moment, using: &generator)
            let opening = SettlementCreated(
                settlementID: id,
                merchantID: due.merchantID,
                livemode: due.livemode,
                currency: due.currency,
                cutOffAt: cutOff.moment
            )
            var aggregates = Aggregates()
            let recorded = try aggregates.append(
                [StreamEvent(stream: .settlement(id), event: .settlement(.created(opening)))],
                at: now.moment
            )
            try await Self.write(recorded, aggregates, [], of: due.merchantID, in: transaction)
            return aggregates.settlement
        }
    }

    /// Items that came too late for their cut-off's batch wait for the next cut-off.
    static func postpone(_ merchantID: MerchantID, _ currency: Currency) -> Query {
        """
        UPDATE settlement_item item
        SET cutoff_at = (
            SELECT coming.cutoff_at FROM settlement_cutoff coming
            WHERE coming.country = (
                    SELECT CASE WHEN document::json ->> 'country' = 'IN' THEN 'IN' ELSE '' END
                    FROM merchant WHERE merchant_id = \(merchantID.rawValue))
                AND coming.cutoff_at > last.cutoff_at
            ORDER BY coming.cutoff_at LIMIT 1)
        FROM (
            SELECT max(cutoff_at) AS cutoff_at FROM settlement
            WHERE merchant_id = \(merchantID.rawValue)
                AND currency = \(currency.code)::char(3) AND is_completed
        ) last
        WHERE item.merchant_id = \(merchantID.rawValue)
            AND item.currency = \(currency.code)::char(3)
            AND item.settlement_id IS NULL AND item.cutoff_at <= last.cutoff_at
        """
    }
}
