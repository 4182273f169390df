import JSON
public import Payments
import Postgres

/// One entry of the balance inside a payout, as it is stored.
public struct PayoutItemRow: Sendable, Equatable {
    /// The journal that made the entry.
    public let journalID: String
    /// What the journal is about.
    public let sourceID: String
    /// What the journal booked.
    public let kind: String
    /// How much of it is in the payout.
    public let amountMinorUnits: Int64
    /// How much of it earlier payouts have.
    public let usedMinorUnits: Int64
    /// How much the entry is.
    public let wholeMinorUnits: Int64
}

/// What one journal changed of what a merchant is owed.
public struct PendingChangeRow: Sendable, Equatable {
    /// The journal.
    public let journalID: String
    /// What it is about.
    public let sourceID: String
    /// What it booked.
    public let kind: String
    /// What it added; less than zero for what it took.
    public let amountMinorUnits: Int64

    /// Puts the parts together.
    public init(journalID: String, sourceID: String, kind: String, amountMinorUnits: Int64) {
        self.journalID = journalID
        self.sourceID = sourceID
        self.kind = kind
        self.amountMinorUnits = amountMinorUnits
    }
}

/// Payouts of a merchant, and its settings of its balance.
extension MerchantReader {
    /// The payout, if this merchant has it.
    public func payout(_ id: PayoutID) async throws -> Payout? {
        let results = try await read([
            """
            SELECT document FROM payout
            WHERE merchant_id = \(merchantID.rawValue) AND id = \(id.rawValue)
            """
        ])
        return try results[0].first.map { try Self.payout($0) }
    }

    /// The merchant's own settings; nil while it has changed nothing.
    public func balanceSettings() async throws -> BalanceSettings? {
        let results = try await read([
            "SELECT document FROM balance_settings WHERE merchant_id = \(merchantID.rawValue)"
        ])
        return try results[0].first.map { row in
            try BalanceSettings(document: try JSON(parsing: try row.decode([UInt8].self, at: 0)))
        }
    }

    /// A page of payouts, newest first; only those of a status, or all when it is nil.
    public func payouts(_ page: PageRequest, status: String?) async throws -> Page<Payout> {
        let cursor = page.cursor ?? ""
        let created = page.createdBounds
        let order: StaticString = page.isBackwards ? "ASC" : "DESC"
        let beyond: StaticString = page.isBackwards ? ">" : "<"
        let results = try await read([
            """
            SELECT created_at FROM payout
            WHERE merchant_id = \(merchantID.rawValue) AND id = \(cursor)
            """,
            """
            SELECT document FROM payout
            WHERE merchant_id = \(merchantID.rawValue)
                AND created_at >= \(created.from) AND created_at < \(created.before)
                AND (\(status ?? "") = '' OR status = \(status ?? ""))
                AND (\(cursor) = '' OR (created_at, id) \(raw: beyond) (
                    (
                        SELECT created_at FROM payout
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
        return Page(read: try results[1].map { try Self.payout($0) }, page)
    }

    /// What is inside a payout, in the order in which it became available.
    public func items(of id: PayoutID) async throws -> [PayoutItemRow] {
        let results = try await read([
            """
            SELECT item.journal_id, journal.source_id, journal.kind, item.amount_minor, (
                    SELECT coalesce(sum(earlier.amount_minor), 0)::bigint FROM payout_item earlier
                    JOIN payout other ON other.merchant_id = earlier.merchant_id
                        AND other.id = earlier.payout_id
                    WHERE earlier.merchant_id = item.merchant_id
                        AND earlier.journal_id = item.journal_id
                        AND (other.created_at, other.id) < (payout.created_at, payout.id)
                ), (
                    SELECT -sum(entry.amount_minor)::bigint FROM entry
                    JOIN account ON account.id = entry.account_id AND account.code = 2011
                    WHERE entry.journal_id = item.journal_id
                        AND entry.account_version = item.account_version
                )
            FROM payout_item item
            JOIN payout ON payout.merchant_id = item.merchant_id AND payout.id = item.payout_id
            JOIN journal ON journal.id = item.journal_id
            WHERE item.merchant_id = \(merchantID.rawValue) AND item.payout_id = \(id.rawValue)
            ORDER BY item.account_version
            """
        ])
        return try results[0].map { row in
            let (journal, source, kind, amount, used, whole) = try row.decode(
                (String, String, String, Int64, Int64, Int64?).self
            )
            return PayoutItemRow(
                journalID: journal,
                sourceID: source,
                kind: kind,
                amountMinorUnits: amount,
                usedMinorUnits: used,
                wholeMinorUnits: whole ?? amount
            )
        }
    }

    /// What a settlement batch made available, change by change: the captures of its charges, and what
    /// refunds took of them before.
    public func changes(in id: String) async throws -> [PendingChangeRow] {
        let results = try await read([
            """
            SELECT journal.id, journal.source_id, journal.kind, -sum(entry.amount_minor)::bigint
            FROM settlement_item item
            JOIN journal ON journal.merchant_id = item.merchant_id
                AND journal.stream = item.payment_id
            JOIN entry ON entry.journal_id = journal.id
            JOIN account ON account.id = entry.account_id AND account.code = 2010
            WHERE item.merchant_id = \(merchantID.rawValue) AND item.settlement_id = \(id)
                AND item.kind = 'sale'
            GROUP BY journal.id, journal.source_id, journal.kind, journal.position
            ORDER BY journal.position
            """
        ])
        return try results[0].map { row in
            let (journal, source, kind, amount) = try row.decode(
                (String, String, String, Int64).self
            )
            return PendingChangeRow(
                journalID: journal,
                sourceID: source,
                kind: kind,
                amountMinorUnits: amount
            )
        }
    }

    private static func payout(_ row: Row) throws -> Payout {
        try Payout(document: try JSON(parsing: try row.decode([UInt8].self, at: 0)))
    }
}
