import Money
import Payments
import Postgres

extension MerchantReader {
    /// How many payouts in a row are followed that failed, each taking what the one before gave back.
    private static let maximumPayouts = 100

    /// Payments with where their captured money is in settlement and payout; asks only where some is
    /// captured.
    func marked(_ payments: [Payment]) async throws -> [Payment] {
        let captured = Set(payments.filter { $0.capturedMinorUnits > 0 }.map(\.id.rawValue))
        guard !captured.isEmpty else { return payments }
        let rows = try await read([
            """
            SELECT payment_id, cutoff_at, settled_at, settlement_id FROM settlement_item
            WHERE merchant_id = \(merchantID.rawValue) AND kind = 'sale'
                AND payment_id = ANY (\(captured.sorted())::text[])
            """
        ])[0].map {
            try $0.decode((String, PostgresTimestamp, PostgresTimestamp?, String?).self)
        }
        let steps = try await payoutSteps(of: Set(rows.compactMap(\.3)).sorted())
        var marks: [String: SettlementMark] = [:]
        for (payment, cutOff, settled, settlement) in rows {
            marks[payment] = SettlementMark(
                cutOffAt: Timestamp(microsecondsSinceEpoch: cutOff.microsecondsSinceEpoch),
                settledAt: settled.map {
                    Timestamp(microsecondsSinceEpoch: $0.microsecondsSinceEpoch)
                },
                payoutSteps: settlement.flatMap { steps[$0] } ?? []
            )
        }
        return payments.map { payment in
            var payment = payment
            payment.settlementMark = marks[payment.id.rawValue]
            return payment
        }
    }

    /// What became of the money of settlement batches in payouts, oldest first.
    ///
    /// A batch that is split over several payouts counts by the last of them, and not before all of it
    /// is in one: nothing is called paid out too early. What a payout gave back is followed into the
    /// next.
    private func payoutSteps(
        of settlements: [String]
    ) async throws -> [String: [SettlementMark.PayoutStep]] {
        guard !settlements.isEmpty else { return [:] }
        let rows = try await read([
            """
            WITH RECURSIVE step AS (
                SELECT journal.stream AS settlement_id, chosen.payout_id, 1 AS number
                FROM journal CROSS JOIN LATERAL (\(raw: Self.takingPayout)) chosen
                WHERE journal.merchant_id = \(merchantID.rawValue)
                    AND journal.stream = ANY (\(settlements)::text[])
                    AND journal.kind = 'settlement_completed'
                UNION ALL
                SELECT step.settlement_id, chosen.payout_id, step.number + 1
                FROM step
                JOIN journal ON journal.merchant_id = \(merchantID.rawValue)
                    AND journal.stream = step.payout_id AND journal.kind = 'payout_reversed'
                CROSS JOIN LATERAL (\(raw: Self.takingPayout)) chosen
                WHERE step.number < \(Int64(Self.maximumPayouts))
            )
            SELECT step.settlement_id, event.type, event.effective_at
            FROM step JOIN event ON event.merchant_id = \(merchantID.rawValue)
                AND event.stream = step.payout_id
            WHERE event.type LIKE 'payout\\_%'
            ORDER BY step.number, event.version
            """
        ])
        var steps: [String: [SettlementMark.PayoutStep]] = [:]
        for row in rows[0] {
            let (settlement, type, at) = try row.decode((String, String, PostgresTimestamp).self)
            guard let kind = PayoutEvent.Kind(rawValue: type) else { continue }
            steps[settlement, default: []].append(
                SettlementMark.PayoutStep(
                    kind: kind,
                    at: Timestamp(microsecondsSinceEpoch: at.microsecondsSinceEpoch)
                )
            )
        }
        return steps
    }

    /// The last payout that has a part of what a journal made available, once all of it is in payouts.
    private static let takingPayout: StaticString = """
        SELECT (array_agg(item.payout_id ORDER BY payout.created_at DESC, payout.id DESC))[1]
            AS payout_id
        FROM payout_item item
        JOIN payout ON payout.merchant_id = item.merchant_id AND payout.id = item.payout_id
        WHERE item.merchant_id = journal.merchant_id AND item.journal_id = journal.id
        HAVING sum(item.amount_minor) = (
            SELECT -sum(entry.amount_minor)
            FROM entry JOIN account ON account.id = entry.account_id AND account.code = 2011
            WHERE entry.journal_id = journal.id)
        """
}
