import JSON
import Money
import Payments
import Postgres
import Projections

/// The rows that the API reads, compared with what their events say.
///
/// Documents are compared byte for byte, as they are written: equal values have equal bytes.
enum StoredRows {
    /// A row that events call for: its key, and every column as text.
    private struct Expected {
        let table: String
        let merchant: String
        let id: String
        let text: [String]
    }

    private struct Key: Hashable {
        let table: String
        let merchant: String
        let id: String
    }

    /// One statement for each table, in the order in which ``compare(_:with:)`` takes the results.
    static func statements(_ streams: [FoldedStream]) -> [Query] {
        let expected = streams.flatMap { rows(of: $0) }
        func keys(_ table: String) -> (merchants: [String], ids: [String]) {
            let found = expected.filter { $0.table == table }
            return (found.map(\.merchant), found.map(\.id))
        }
        let payments = keys("payment")
        let charges = keys("charge")
        let refunds = keys("refund")
        let methods = keys("payment_method")
        let tokens = keys("card_token")
        let merchants = keys("merchant")
        return [
            """
            SELECT merchant_id, id, ARRAY[
                (extract(epoch FROM created_at) * 1000000)::bigint::text, version::text, state,
                array_to_string(lifecycle, ','), currency::text, amount_minor::text,
                authorized_minor::text, captured_minor::text, refunded_minor::text,
                coalesce((extract(epoch FROM unresolved_since) * 1000000)::bigint::text, ''),
                document]
            FROM payment
            JOIN unnest(\(payments.merchants)::text[], \(payments.ids)::text[])
                AS wanted (merchant_id, id) USING (merchant_id, id)
            """,
            """
            SELECT merchant_id, id,
                ARRAY[(extract(epoch FROM created_at) * 1000000)::bigint::text, payment_id]
            FROM charge
            JOIN unnest(\(charges.merchants)::text[], \(charges.ids)::text[])
                AS wanted (merchant_id, id) USING (merchant_id, id)
            """,
            """
            SELECT merchant_id, id, ARRAY[
                (extract(epoch FROM created_at) * 1000000)::bigint::text, payment_id, charge_id]
            FROM refund
            JOIN unnest(\(refunds.merchants)::text[], \(refunds.ids)::text[])
                AS wanted (merchant_id, id) USING (merchant_id, id)
            """,
            """
            SELECT merchant_id, id, ARRAY[
                (extract(epoch FROM created_at) * 1000000)::bigint::text, document]
            FROM payment_method
            JOIN unnest(\(methods.merchants)::text[], \(methods.ids)::text[])
                AS wanted (merchant_id, id) USING (merchant_id, id)
            """,
            """
            SELECT merchant_id, id, ARRAY[
                (extract(epoch FROM created_at) * 1000000)::bigint::text, used::text, document]
            FROM card_token
            JOIN unnest(\(tokens.merchants)::text[], \(tokens.ids)::text[])
                AS wanted (merchant_id, id) USING (merchant_id, id)
            """,
            """
            SELECT merchant_id, merchant_id, ARRAY[
                (extract(epoch FROM created_at) * 1000000)::bigint::text, livemode::text, document]
            FROM merchant WHERE merchant_id = ANY (\(merchants.ids)::text[])
            """,
        ]
    }

    static let tables = [
        "payment", "charge", "refund", "payment_method", "card_token", "merchant",
    ]

    static func compare(_ results: [Rows], with streams: [FoldedStream]) throws -> [Finding] {
        var live: [Key: [String]] = [:]
        for (table, rows) in zip(tables, results) {
            for row in rows {
                let (merchant, id, text) = try row.decode((String, String, [String]).self)
                live[Key(table: table, merchant: merchant, id: id)] = text
            }
        }
        return streams.flatMap { rows(of: $0) }.compactMap { expected in
            let key = Key(table: expected.table, merchant: expected.merchant, id: expected.id)
            let found = live[key]
            if found == expected.text { return nil }
            return Finding(
                found == nil ? .projectionMissing : .projectionDiffers,
                "\(expected.table) \(expected.id)",
                merchantID: expected.merchant,
                leftID: expected.id,
                rightID: found == nil ? nil : "\(expected.table) \(expected.id)",
                detail: found == nil
                    ? "events call for a row of \(expected.table)"
                    : "columns \(differing(expected.text, found ?? [])) of \(expected.table)"
            )
        }
    }

    private static func differing(_ expected: [String], _ found: [String]) -> String {
        let places = zip(expected, found).enumerated().filter { $0.element.0 != $0.element.1 }
        return places.map { String($0.offset + 1) }.joined(separator: ", ")
    }

    /// The rows that a stream calls for; none while it could not be folded to its end.
    private static func rows(of stream: FoldedStream) -> [Expected] {
        guard stream.isWhole else { return [] }
        let owner = stream.key.merchant
        let id = stream.key.stream
        let aggregates = stream.aggregates
        if let payment = aggregates.payment { return rows(of: payment, owner) }
        if let method = aggregates.paymentMethod {
            let text = [method.createdAt.microseconds, method.document.text]
            return [Expected(table: "payment_method", merchant: owner, id: id, text: text)]
        }
        if let token = aggregates.cardToken {
            let text = [
                token.createdAt.microseconds, token.isUsed ? "true" : "false", token.document.text,
            ]
            return [Expected(table: "card_token", merchant: owner, id: id, text: text)]
        }
        if let merchant = aggregates.merchant {
            let text = [
                merchant.createdAt.microseconds, merchant.livemode ? "true" : "false",
                merchant.document.text,
            ]
            return [Expected(table: "merchant", merchant: owner, id: id, text: text)]
        }
        return []
    }

    private static func rows(of payment: Payment, _ owner: String) -> [Expected] {
        let id = payment.id.rawValue
        let text = [
            payment.createdAt.microseconds, String(payment.version), payment.state.rawValue,
            payment.lifecycle.map(\.state.rawValue).joined(separator: ","),
            payment.amount.currency.code, String(payment.amount.minorUnits),
            String(payment.latestAttempt?.authorizedMinorUnits ?? 0),
            String(payment.capturedMinorUnits), String(payment.refundedMinorUnits),
            payment.unresolvedSince?.microseconds ?? "", payment.document.text,
        ]
        let charges = payment.attempts.map { attempt in
            Expected(
                table: "charge",
                merchant: owner,
                id: attempt.id.rawValue,
                text: [attempt.createdAt.microseconds, id]
            )
        }
        let refunds = payment.refunds.map { refund in
            Expected(
                table: "refund",
                merchant: owner,
                id: refund.id.rawValue,
                text: [refund.createdAt.microseconds, id, refund.chargeID.rawValue]
            )
        }
        return [Expected(table: "payment", merchant: owner, id: id, text: text)] + charges + refunds
    }
}

extension Timestamp {
    fileprivate var microseconds: String { String(microsecondsSinceEpoch) }
}

extension JSON {
    /// The compact form as text.
    fileprivate var text: String { String(decoding: serialized(), as: UTF8.self) }
}
