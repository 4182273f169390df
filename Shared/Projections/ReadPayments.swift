import JSON
public import Payments
import Postgres

/// Single payments, by their own identifier or that of a part.
extension MerchantReader {
    /// The payment, if this merchant has it.
    public func payment(_ id: PaymentID) async throws -> Payment? {
        try await payment(
            """
            SELECT document FROM payment
            WHERE merchant_id = \(merchantID.rawValue) AND id = \(id.rawValue)
            """
        )
    }

    /// The payment that a charge is an attempt of.
    public func payment(of charge: ChargeID) async throws -> Payment? {
        try await payment(
            """
            SELECT payment.document
            FROM charge JOIN payment
                ON payment.merchant_id = charge.merchant_id AND payment.id = charge.payment_id
            WHERE charge.merchant_id = \(merchantID.rawValue) AND charge.id = \(charge.rawValue)
            """
        )
    }

    /// The payment that a refund returns money of.
    public func payment(of refund: RefundID) async throws -> Payment? {
        try await payment(
            """
            SELECT payment.document
            FROM refund JOIN payment
                ON payment.merchant_id = refund.merchant_id AND payment.id = refund.payment_id
            WHERE refund.merchant_id = \(merchantID.rawValue) AND refund.id = \(refund.rawValue)
            """
        )
    }

    func payment(_ query: Query) async throws -> Payment? {
        guard let row = try await read([query]).first?.first else { return nil }
        return try await marked([Self.payment(row.decode([UInt8].self, at: 0))]).first
    }
}

/// Lists, newest first. The refunds or charges of one payment are in its document; no list is
/// needed for them.
extension MerchantReader {
    /// A page of payments.
    public func payments(_ page: PageRequest) async throws -> Page<Payment> {
        let listed = try await list(page, table: "payment", paymentColumn: "id")
        return Page(items: listed.items.map(\.payment), hasMore: listed.hasMore)
    }

    /// A page of charges, each with its payment.
    public func charges(_ page: PageRequest) async throws -> Page<ListedPart> {
        try await list(page, table: "charge", paymentColumn: "payment_id")
    }

    /// A page of refunds, each with its payment.
    public func refunds(_ page: PageRequest) async throws -> Page<ListedPart> {
        try await list(page, table: "refund", paymentColumn: "payment_id")
    }

    /// A charge or refund in a list, with the payment that holds it.
    public struct ListedPart: Sendable {
        /// The part's identifier.
        public let id: String
        /// Its payment.
        public let payment: Payment
    }

    func list(
        _ page: PageRequest,
        table: StaticString,
        paymentColumn: StaticString
    ) async throws -> Page<ListedPart> {
        let cursor = page.cursor ?? ""
        let known: Query = """
            SELECT 1 FROM \(raw: table)
            WHERE merchant_id = \(merchantID.rawValue) AND id = \(cursor)
            """
        let results = try await read([
            known,
            page.isBackwards
                ? newer(page, table: table, paymentColumn: paymentColumn)
                : older(page, table: table, paymentColumn: paymentColumn),
        ])
        guard page.cursor == nil || !results[0].isEmpty else {
            throw CursorNotFound(cursor: cursor)
        }
        let parts = try results[1].map { row in
            let (id, document) = try row.decode((String, [UInt8]).self)
            return ListedPart(id: id, payment: try Self.payment(document))
        }
        let shown = zip(parts, try await marked(parts.map(\.payment))).map { part, payment in
            ListedPart(id: part.id, payment: payment)
        }
        return Page(read: shown, page)
    }

    /// The bounds are always there, so that each page is one range of the index, however deep.
    private func older(
        _ page: PageRequest,
        table: StaticString,
        paymentColumn: StaticString
    ) -> Query {
        let created = page.createdBounds
        let cursor = page.cursor ?? ""
        return """
            SELECT listed.id, payment.document
            FROM \(raw: table) listed JOIN payment
                ON payment.merchant_id = listed.merchant_id
                AND payment.id = listed.\(raw: paymentColumn)
            WHERE listed.merchant_id = \(merchantID.rawValue)
                AND listed.created_at >= \(created.from)
                AND listed.created_at < \(created.before)
                AND (listed.created_at, listed.id) < (
                    coalesce(
                        (
                            SELECT created_at FROM \(raw: table)
                            WHERE merchant_id = \(merchantID.rawValue) AND id = \(cursor)
                        ),
                        \(created.before)
                    ),
                    \(cursor)
                )
            ORDER BY listed.created_at DESC, listed.id DESC
            LIMIT \(Int64(page.limit + 1))
            """
    }

    private func newer(
        _ page: PageRequest,
        table: StaticString,
        paymentColumn: StaticString
    ) -> Query {
        let created = page.createdBounds
        let cursor = page.cursor ?? ""
        return """
            SELECT listed.id, payment.document
            FROM \(raw: table) listed JOIN payment
                ON payment.merchant_id = listed.merchant_id
                AND payment.id = listed.\(raw: paymentColumn)
            WHERE listed.merchant_id = \(merchantID.rawValue)
                AND listed.created_at >= \(created.from)
                AND listed.created_at < \(created.before)
                AND (listed.created_at, listed.id) > (
                    (
                        SELECT created_at FROM \(raw: table)
                        WHERE merchant_id = \(merchantID.rawValue) AND id = \(cursor)
                    ),
                    \(cursor)
                )
            ORDER BY listed.created_at, listed.id
            LIMIT \(Int64(page.limit + 1))
            """
    }
}
