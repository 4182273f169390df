import JSON
public import Payments
import Postgres

/// One item of a batch, as it is stored.
public struct SettlementItemRow: Sendable, Equatable {
    /// The charge or the refund.
    public let sourceID: String
    /// The charge.
    public let chargeID: String
    /// The payment.
    public let paymentID: String
    /// `sale` or `refund`.
    public let kind: String
    /// What was moved, a refund too.
    public let amountMinorUnits: Int64
    /// Our fee.
    public let feeMinorUnits: Int64
    /// The network's reference.
    public let reference: String
}

/// Settlement batches of a merchant.
extension MerchantReader {
    /// The batch, if this merchant has it.
    public func settlement(_ id: SettlementID) async throws -> Settlement? {
        let results = try await read([
            """
            SELECT document FROM settlement
            WHERE merchant_id = \(merchantID.rawValue) AND id = \(id.rawValue)
            """
        ])
        return try results[0].first.map { try Self.settlement($0) }
    }

    /// A page of a batch's items, in the order of their names.
    public func items(
        of id: SettlementID,
        _ page: PageRequest
    ) async throws -> Page<SettlementItemRow> {
        let cursor = page.cursor ?? ""
        let order: StaticString = page.isBackwards ? "DESC" : "ASC"
        let beyond: StaticString = page.isBackwards ? "<" : ">"
        let results = try await read([
            """
            SELECT 1 FROM settlement_item
            WHERE merchant_id = \(merchantID.rawValue) AND settlement_id = \(id.rawValue)
                AND source_id = \(cursor)
            """,
            """
            SELECT source_id, charge_id, payment_id, kind, amount_minor, fee_minor, reference
            FROM settlement_item
            WHERE merchant_id = \(merchantID.rawValue) AND settlement_id = \(id.rawValue)
                AND (\(cursor) = '' OR source_id \(raw: beyond) \(cursor))
            ORDER BY source_id \(raw: order)
            LIMIT \(Int64(page.limit + 1))
            """,
        ])
        guard page.cursor == nil || !results[0].isEmpty else {
            throw CursorNotFound(cursor: cursor)
        }
        let rows = try results[1].map { row in
            let (source, charge, payment, kind, amount, fee, reference) = try row.decode(
                (String, String, String, String, Int64, Int64, String).self
            )
            return SettlementItemRow(
                sourceID: source,
                chargeID: charge,
                paymentID: payment,
                kind: kind,
                amountMinorUnits: amount,
                feeMinorUnits: fee,
                reference: reference
            )
        }
        return Page(read: rows, page)
    }

    /// A page of batches, newest first.
    public func settlements(_ page: PageRequest) async throws -> Page<Settlement> {
        let cursor = page.cursor ?? ""
        let created = page.createdBounds
        let known: Query = """
            SELECT created_at FROM settlement
            WHERE merchant_id = \(merchantID.rawValue) AND id = \(cursor)
            """
        let order: StaticString = page.isBackwards ? "ASC" : "DESC"
        let beyond: StaticString = page.isBackwards ? ">" : "<"
        let results = try await read([
            known,
            """
            SELECT document FROM settlement
            WHERE merchant_id = \(merchantID.rawValue)
                AND created_at >= \(created.from) AND created_at < \(created.before)
                AND (\(cursor) = '' OR (created_at, id) \(raw: beyond) (
                    (
                        SELECT created_at FROM settlement
                        WHERE merchant_id = \(merchantID.rawValue) AND id = \(cursor)
                    ),
                    \(cursor)
                ))
            ORDER BY created_at \(raw: order), id \(raw: order)
            LIMIT \(Int64(page.limit + 1))
            """,
        ])
        guard page.cursor == nil || !results[0].isEmpty else {
            throw CursorNotFound(cursor: cursor)
        }
        return Page(read: try results[1].map { try Self.settlement($0) }, page)
    }

    private static func settlement(_ row: Row) throws -> Settlement {
        try Settlement(document: try JSON(parsing: try row.decode([UInt8].self, at: 0)))
    }
}
