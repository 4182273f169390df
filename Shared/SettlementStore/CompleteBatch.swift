import EventStore
import JSON
import Ledger
import LedgerStore
import Money
public import Payments
import Postgres
import Projections

extension SettlementStore {
    /// Completes a batch with what the network's file says, in one transaction; nil when another
    /// instance was first.
    ///
    /// An item is settled where a line has its reference, kind, trace number and amount. A line that
    /// nothing fits is kept and reported, and is taken when an item that fits it comes; an item
    /// that no line fits waits for the next cut-off. Nothing is guessed.
    public func complete(
        _ settlement: Settlement,
        lines: [ClearedLine],
        content: String
    ) async throws -> Settlement? {
        try await pool.withTransaction { transaction in
            let locked = try await transaction.pipeline([
                SettlementGate.close(settlement.merchantID),
                """
                SELECT merchant_now(merchant_id) FROM settlement
                WHERE merchant_id = \(settlement.merchantID.rawValue)
                    AND id = \(settlement.id.rawValue) AND NOT is_completed
                FOR UPDATE
                """,
            ])
            guard let row = locked[1].first else { return nil }
            let now = try row.decode(PostgresTimestamp.self, at: 0)
            let results = try await transaction.pipeline([
                Self.match(settlement, lines, at: now),
                Self.available(settlement),
                """
                SELECT count(*) FROM settlement_item
                WHERE merchant_id = \(settlement.merchantID.rawValue)
                    AND currency = \(settlement.opening.currency.code)::char(3)
                    AND settlement_id IS NULL
                    AND cutoff_at <= \(PostgresTimestamp(settlement.opening.cutOffAt))
                """,
                """
                INSERT INTO clearing_file (merchant_id, settlement_id, content)
                VALUES (
                    \(settlement.merchantID.rawValue), \(settlement.id.rawValue), \(content)
                )
                """,
            ])
            guard let totals = results[0].first, let available = results[1].first,
                let leftOut = results[2].first
            else { throw FactError.conflicted }
            let facts = try Self.facts(
                settlement,
                totals,
                available: try available.decode(Int64.self, at: 0),
                leftOut: try leftOut.decode(Int64.self, at: 0)
            )
            var aggregates = Aggregates(settlement: settlement)
            var postings: [Posting] = []
            let stream = StreamID.settlement(settlement.id)
            let recorded = try aggregates.append(
                facts.map { StreamEvent(stream: stream, event: .settlement($0)) },
                at: now.moment
            )
            for (fact, event) in zip(facts, recorded) {
                let posting = try Posting(
                    of: fact,
                    version: event.version,
                    effectiveAt: now.moment,
                    in: settlement
                )
                if let posting { postings.append(posting) }
            }
            try await Self.write(
                recorded,
                aggregates,
                postings,
                of: settlement.merchantID,
                in: transaction
            )
            // After the projection: it asks which batches are completed.
            try await transaction.execute(
                Self.postpone(settlement.merchantID, settlement.opening.currency)
            )
            return aggregates.settlement
        }
    }

    static func write(
        _ recorded: [RecordedEvent],
        _ aggregates: Aggregates,
        _ postings: [Posting],
        of merchantID: MerchantID,
        in transaction: Transaction
    ) async throws {
        let cause = EventCause(commandID: 0, requestID: "settlement", idempotencyKey: nil)
        var projections = ProjectionBatch()
        projections.add(aggregates, changed: Set(recorded.map(\.stream)))
        try await FactWriter.write(
            recorded.map { NewEvent(merchantID: merchantID, recorded: $0, cause: cause) },
            postings,
            projections,
            in: transaction
        )
    }

    private static func facts(
        _ settlement: Settlement,
        _ totals: Row,
        available: Int64,
        leftOut: Int64
    ) throws -> [SettlementEvent] {
        let (saleCount, refundCount, sales, refunds, fees, unmatched) = try totals.decode(
            (Int64, Int64, Int64, Int64, Int64, Int64).self
        )
        let currency = settlement.opening.currency
        func money(_ minorUnits: Int64) -> Money {
            Money(minorUnits: minorUnits, currency: currency)
        }
        return [
            .cleared(
                SettlementCleared(
                    saleCount: saleCount,
                    refundCount: refundCount,
                    sales: money(sales),
                    refunds: money(refunds),
                    networkFees: money(fees)
                )
            ),
            .completed(
                SettlementCompleted(
                    available: money(available),
                    leftOutCount: leftOut,
                    unmatchedLineCount: unmatched
                )
            ),
        ]
    }

    private static func match(
        _ settlement: Settlement,
        _ lines: [ClearedLine],
        at now: PostgresTimestamp
    ) -> Query {
        let merchant = settlement.merchantID.rawValue
        let currency = settlement.opening.currency.code
        let batch = settlement.id.rawValue
        return """
            WITH line AS MATERIALIZED (
                SELECT * FROM unnest(
                    \(lines.map(\.reference))::text[],
                    \(lines.map(\.kind.rawValue))::text[],
                    \(lines.map(\.traceNumber))::integer[],
                    \(lines.map(\.amountMinorUnits))::bigint[],
                    \(lines.map(\.interchangeMinorUnits))::bigint[]
                ) AS told (reference, kind, trace_number, amount_minor, interchange_minor)
            ), offered AS MATERIALIZED (
                SELECT reference, kind, trace_number, amount_minor, interchange_minor FROM line
                UNION ALL
                SELECT reference, kind, trace_number, amount_minor, interchange_minor
                FROM clearing_exception
                WHERE merchant_id = \(merchant) AND currency = \(currency)::char(3)
                    AND taken_by IS NULL
            ), matched AS (
                UPDATE settlement_item item
                SET settlement_id = \(batch), interchange_minor = offered.interchange_minor,
                    settled_at = \(now)
                FROM offered
                WHERE item.merchant_id = \(merchant) AND item.currency = \(currency)::char(3)
                    AND item.settlement_id IS NULL
                    AND item.cutoff_at <= \(PostgresTimestamp(settlement.opening.cutOffAt))
                    AND item.reference = offered.reference AND item.kind = offered.kind
                    AND item.trace_number = offered.trace_number
                    AND item.amount_minor = offered.amount_minor
                RETURNING item.reference, item.kind, item.amount_minor, item.interchange_minor
            ), taken AS (
                UPDATE clearing_exception known SET taken_by = \(batch)
                FROM matched
                WHERE known.merchant_id = \(merchant) AND known.reference = matched.reference
            ), unmatched AS (
                INSERT INTO clearing_exception (
                    merchant_id, reference, kind, currency, trace_number, amount_minor,
                    interchange_minor, settlement_id
                )
                SELECT \(merchant), reference, kind, \(currency), trace_number, amount_minor,
                    interchange_minor, \(batch)
                FROM line
                WHERE NOT EXISTS (
                    SELECT FROM matched WHERE matched.reference = line.reference)
                ON CONFLICT DO NOTHING
                RETURNING 1
            )
            SELECT count(*) FILTER (WHERE settlement_sign(kind) > 0),
                count(*) FILTER (WHERE settlement_sign(kind) < 0),
                coalesce(sum(amount_minor) FILTER (WHERE settlement_sign(kind) > 0), 0)::bigint,
                coalesce(sum(amount_minor) FILTER (WHERE settlement_sign(kind) < 0), 0)::bigint,
                coalesce(sum(interchange_minor), 0)::bigint,
                (SELECT count(*) FROM unmatched)
            FROM matched
            """
    }

    /// What the books have pending for the batch's charges.
    ///
    /// That is what was captured, less what refunds took from it before now. No refund can be posted meanwhile: the gate is closed.
    private static func available(_ settlement: Settlement) -> Query {
        let merchant = settlement.merchantID.rawValue
        return """
            SELECT coalesce(sum((
                SELECT -sum(entry.amount_minor)
                FROM journal JOIN entry ON entry.journal_id = journal.id
                WHERE journal.stream = item.payment_id AND entry.account_id = pending.id
            )), 0)::bigint
            FROM settlement_item item CROSS JOIN (
                SELECT id FROM account
                WHERE merchant_id = \(merchant)
                    AND code = \(AccountCode.merchantEscrowPending.rawValue)
                    AND currency = \(settlement.opening.currency.code)::char(3)
            ) pending
            WHERE item.merchant_id = \(merchant) AND item.settlement_id = \(settlement.id.rawValue)
                AND item.kind = 'sale'
            """
    }
}
