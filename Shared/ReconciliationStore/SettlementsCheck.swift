import EventStore
import Money
import Postgres

/// What was captured, what the network's clearing files say, and what was settled.
///
/// That a batch's journals and rows are what its events say is ``EventsCheck``'s part; here its items
/// and the network's file are held against those events, and the items against the captures.
enum SettlementsCheck {
    static func run(_ context: CheckContext) async throws -> CheckOutcome {
        let results = try await context.executor.pipeline([
            differingItems(context), differingBatches(context), waitingItems(context),
            strangeLines(context), size(context),
        ])
        var outcome = CheckOutcome()
        let kinds: [DiscrepancyClass] = [
            .itemDiffers, .settlementDiffers, .itemPastDeadline, .lineWithoutItem,
        ]
        for (kind, rows) in zip(kinds, results) {
            outcome.add(try rows.map { try finding(kind, $0) }, limit: context.limit)
        }
        outcome.rows = try results[4].first?.decode(Int.self, at: 0) ?? 0
        return outcome
    }

    /// Each captured charge, each cleared refund, and what the network moved of its own accord that the settlement service has passed is one item.
    private static func differingItems(_ context: CheckContext) -> Query {
        let merchant = context.scope.merchantID ?? ""
        let currency = context.scope.currencyCode ?? ""
        let since = (context.since ?? .beginning).event
        return """
            WITH told AS (
                SELECT event.merchant_id, event.stream, event.recorded_at, amount.currency,
                    amount.minor_units,
                    settlement_source(event.type, event.data::json) AS source_id
                FROM event CROSS JOIN LATERAL
                    json_to_record(event.data::json -> 'amount')
                        AS amount (currency text, minor_units bigint)
                WHERE event.type IN ('payment_captured', 'refund_issued', 'refund_returned',
                        'dispute_charged_back', 'dispute_represented')
                    AND (epoch, tx, position) > (
                        \(since.epoch)::integer, \(since.transaction)::xid8,
                        \(since.position)::bigint)
                    AND (epoch, tx, position) <= (
                        SELECT epoch, tx, position FROM feed_cursor WHERE consumer = 'settlement')
                    AND (\(merchant) = '' OR event.merchant_id = \(merchant))
                AND event.recorded_at >= \(context.scope.fromBound)
                AND event.recorded_at < \(context.scope.beforeBound)
            ), item AS (
                SELECT merchant_id, source_id, currency::text, amount_minor, payment_id, sent_at
                FROM settlement_item
            )
            SELECT 'item ' || coalesce(told.source_id, item.source_id),
                coalesce(told.merchant_id, item.merchant_id),
                coalesce(told.currency, item.currency), told.minor_units, item.amount_minor,
                coalesce(told.stream, item.payment_id), coalesce(told.recorded_at, item.sent_at)
            FROM told FULL JOIN item
                ON item.merchant_id = told.merchant_id AND item.source_id = told.source_id
            WHERE (told.currency, told.minor_units)
                    IS DISTINCT FROM (item.currency, item.amount_minor)
                -- An item without its event shows only where all events are looked at.
                AND (told.source_id IS NOT NULL OR \(context.isWhole))
                AND (\(currency) = ''
                    OR coalesce(told.currency, item.currency) = \(currency))
            ORDER BY 1 LIMIT \(Int64(context.limit + 1))
            """
    }

    /// A completed batch: its items, the network's file, and the event that says what was cleared.
    private static func differingBatches(_ context: CheckContext) -> Query {
        let merchant = context.scope.merchantID ?? ""
        let currency = context.scope.currencyCode ?? ""
        let since = (context.since ?? .beginning).event
        return """
            WITH batch AS (
                SELECT merchant_id, id, currency::text, created_at,
                    (document::json #>> '{cleared,sales,minor_units}')::bigint AS sales,
                    (document::json #>> '{cleared,refunds,minor_units}')::bigint AS refunds,
                    (document::json #>> '{cleared,network_fees,minor_units}')::bigint AS fees
                FROM settlement
                WHERE is_completed AND (
                    \(context.since == nil) OR EXISTS (
                        SELECT FROM event
                        WHERE event.merchant_id = settlement.merchant_id
                            AND event.stream = settlement.id
                            AND event.type = 'settlement_completed'
                            AND (epoch, tx, position) > (
                                \(since.epoch)::integer, \(since.transaction)::xid8,
                                \(since.position)::bigint)))
                    AND (\(merchant) = '' OR merchant_id = \(merchant))
                AND created_at >= \(context.scope.fromBound)
                AND created_at < \(context.scope.beforeBound)
                    AND (\(currency) = '' OR currency = \(currency)::char(3))
            ), line AS (
                -- What the file says, less its lines that nothing fitted, and with those of earlier
                -- files that were taken now.
                SELECT merchant_id, settlement_id, sale_minor AS sales, refund_minor AS refunds,
                    interchange_minor AS fees
                FROM clearing_file, clearing_trailer(content) WHERE refusal IS NULL
                UNION ALL
                SELECT merchant_id, place.settlement_id,
                    CASE WHEN settlement_sign(kind) > 0 THEN place.sign * amount_minor
                        ELSE 0 END,
                    CASE WHEN settlement_sign(kind) < 0 THEN place.sign * amount_minor
                        ELSE 0 END,
                    place.sign * interchange_minor
                FROM clearing_exception CROSS JOIN LATERAL (
                    VALUES (settlement_id, -1), (taken_by, 1)) place (settlement_id, sign)
                WHERE taken_by IS DISTINCT FROM clearing_exception.settlement_id
            ), filed AS (
                SELECT merchant_id, settlement_id, sum(sales) AS sales, sum(refunds) AS refunds,
                    sum(fees) AS fees
                FROM line GROUP BY merchant_id, settlement_id
            ), held AS (
                SELECT merchant_id, settlement_id,
                    coalesce(sum(amount_minor) FILTER (WHERE settlement_sign(kind) > 0), 0) AS sales,
                    coalesce(sum(amount_minor) FILTER (WHERE settlement_sign(kind) < 0), 0) AS refunds,
                    sum(interchange_minor) AS fees
                FROM settlement_item WHERE settlement_id IS NOT NULL
                GROUP BY merchant_id, settlement_id
            )
            SELECT batch.id, batch.merchant_id, batch.currency,
                (filed.sales - filed.refunds - filed.fees)::bigint,
                (batch.sales - batch.refunds - batch.fees)::bigint,
                format('items %s, file %s, event %s',
                    (held.sales, held.refunds, held.fees)::text,
                    (filed.sales, filed.refunds, filed.fees)::text,
                    (batch.sales, batch.refunds, batch.fees)::text),
                batch.created_at
            FROM batch
            LEFT JOIN filed ON filed.merchant_id = batch.merchant_id
                AND filed.settlement_id = batch.id
            LEFT JOIN held ON held.merchant_id = batch.merchant_id
                AND held.settlement_id = batch.id
            WHERE (batch.sales, batch.refunds, batch.fees)
                    IS DISTINCT FROM (filed.sales, filed.refunds, filed.fees)
                -- A batch whose items all wait for the next file has none.
                OR (batch.sales, batch.refunds, batch.fees) IS DISTINCT FROM (
                    coalesce(held.sales, 0), coalesce(held.refunds, 0), coalesce(held.fees, 0))
            ORDER BY 1 LIMIT \(Int64(context.limit + 1))
            """
    }

    /// Items that no clearing file has shown, by their merchant's own time.
    private static func waitingItems(_ context: CheckContext) -> Query {
        let merchant = context.scope.merchantID ?? ""
        let currency = context.scope.currencyCode ?? ""
        let bound = PostgresTimestamp(
            context.now.adding(seconds: -context.deadlines.settlementSeconds)
        )
        return """
            SELECT 'item ' || source_id, merchant_id, currency::text, amount_minor, 0::bigint,
                payment_id, sent_at
            FROM settlement_item
            WHERE settlement_id IS NULL AND sent_at < \(bound) + merchant_offset(merchant_id)
                AND (\(merchant) = '' OR merchant_id = \(merchant))
                AND sent_at >= \(context.scope.fromBound)
                AND sent_at < \(context.scope.beforeBound)
                AND (\(currency) = '' OR currency = \(currency)::char(3))
            ORDER BY sent_at LIMIT \(Int64(context.limit + 1))
            """
    }

    /// Lines of the network's files that no item of ours has fitted for a day.
    private static func strangeLines(_ context: CheckContext) -> Query {
        let merchant = context.scope.merchantID ?? ""
        let currency = context.scope.currencyCode ?? ""
        let bound = PostgresTimestamp(context.now.adding(seconds: -context.deadlines.lineSeconds))
        return """
            SELECT 'reference ' || reference, merchant_id, currency::text, 0::bigint,
                settlement_sign(kind) * amount_minor, settlement_id,
                found_at
            FROM clearing_exception
            WHERE taken_by IS NULL AND found_at < \(bound)
                -- What the bank paid for it and what the network kept, once people agreed on it.
                AND settlement_sign(kind) * amount_minor <> adjusted_minor(
                    'line_without_item', 'reference ' || reference, currency::text, 1010, 5010)
                AND (\(merchant) = '' OR merchant_id = \(merchant))
                AND found_at >= \(context.scope.fromBound)
                AND found_at < \(context.scope.beforeBound)
                AND (\(currency) = '' OR currency = \(currency)::char(3))
            ORDER BY found_at LIMIT \(Int64(context.limit + 1))
            """
    }

    private static func size(_ context: CheckContext) -> Query {
        """
        SELECT (SELECT count(*) FROM settlement_item WHERE \(context.isWhole) OR settled_at IS NULL)
            + (SELECT count(*) FROM settlement WHERE \(context.isWhole) OR NOT is_completed)
        """
    }

    private static func finding(_ kind: DiscrepancyClass, _ row: Row) throws -> Finding {
        let (subject, merchant, currency, expected, actual, place, time) = try row.decode(
            (String, String, String, Int64?, Int64?, String, PostgresTimestamp).self
        )
        return Finding(
            kind,
            subject,
            merchantID: merchant,
            currencyCode: currency,
            expectedMinorUnits: expected,
            actualMinorUnits: actual,
            leftID: kind == .settlementDiffers ? subject : place,
            rightID: subject,
            occurredAt: time.moment,
            detail: "\(subject), \(place)"
        )
    }
}
