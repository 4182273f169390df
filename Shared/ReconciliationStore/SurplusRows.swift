import Payments
import Postgres

/// How many rows of each table the events of the whole store call for.
struct ProjectionCounts {
    private(set) var rows: [String: Int] = [:]
    /// Whether every stream could be folded; else a table may rightly have more rows.
    private(set) var isWhole = true

    /// Says that numbers of rows prove nothing.
    mutating func distrust() { isWhole = false }

    mutating func add(_ streams: [FoldedStream]) {
        for stream in streams {
            guard stream.isWhole else {
                isWhole = false
                continue
            }
            if let payment = stream.aggregates.payment {
                rows["payment", default: 0] += 1
                rows["charge", default: 0] += payment.attempts.count
                rows["refund", default: 0] += payment.refunds.count
            } else if stream.aggregates.paymentMethod != nil {
                rows["payment_method", default: 0] += 1
            } else if stream.aggregates.cardToken != nil {
                rows["card_token", default: 0] += 1
            } else if stream.aggregates.merchant != nil {
                rows["merchant", default: 0] += 1
            }
        }
    }
}

/// Rows that no event calls for; looked for only where a table has more than events call for.
enum SurplusRows {
    static func find(
        _ counts: ProjectionCounts,
        limit: Int,
        _ executor: any PostgresExecutor
    ) async throws -> [Finding] {
        let rows = try await executor.query(
            """
            SELECT (SELECT count(*) FROM payment), (SELECT count(*) FROM charge),
                (SELECT count(*) FROM refund), (SELECT count(*) FROM payment_method),
                (SELECT count(*) FROM card_token), (SELECT count(*) FROM merchant)
            """
        )
        guard let row = rows.first else { return [] }
        let (payments, charges, refunds, methods, tokens, merchants) = try row.decode(
            (Int, Int, Int, Int, Int, Int).self
        )
        let live = [payments, charges, refunds, methods, tokens, merchants]
        var findings: [Finding] = []
        for (table, count) in zip(StoredRows.tables, live)
        where !counts.isWhole || count != counts.rows[table] ?? 0 {
            findings += try await surplus(table, limit: limit, executor)
        }
        return findings
    }

    private static func surplus(
        _ table: String,
        limit: Int,
        _ executor: any PostgresExecutor
    ) async throws -> [Finding] {
        let rows = try await executor.query(statement(table, limit: Int64(limit + 1)))
        return try rows.map { row in
            let (merchant, id) = try row.decode((String, String).self)
            return Finding(
                .projectionWithoutEvents,
                "\(table) \(id)",
                merchantID: merchant,
                rightID: "\(table) \(id)",
                detail: "no event calls for this row of \(table)"
            )
        }
    }

    /// Charges and refunds are named in their payment's document; all others name a stream themselves.
    private static func statement(_ table: String, limit: Int64) -> Query {
        switch table {
        case "charge", "refund":
            """
            SELECT part.merchant_id, part.id FROM \(identifier: table) part
            LEFT JOIN payment
                ON payment.merchant_id = part.merchant_id AND payment.id = part.payment_id
            WHERE position('"' || part.id || '"' IN payment.document) = 0
                OR NOT EXISTS (
                    SELECT FROM event
                    WHERE event.merchant_id = part.merchant_id AND event.stream = part.payment_id)
            ORDER BY part.merchant_id, part.id LIMIT \(limit)
            """
        case "merchant":
            """
            SELECT merchant_id, merchant_id FROM merchant
            WHERE NOT EXISTS (
                SELECT FROM event
                WHERE event.merchant_id = merchant.merchant_id
                    AND event.stream = merchant.merchant_id)
            ORDER BY merchant_id LIMIT \(limit)
            """
        case _:
            """
            SELECT merchant_id, id FROM \(identifier: table) live
            WHERE NOT EXISTS (
                SELECT FROM event
                WHERE event.merchant_id = live.merchant_id AND event.stream = live.id)
            ORDER BY merchant_id, id LIMIT \(limit)
            """
        }
    }
}
