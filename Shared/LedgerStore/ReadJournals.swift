import Ledger
import Money
public import Payments
import Postgres
public import Projections

/// Which journals are wanted.
public struct JournalFilter: Sendable, Equatable {
    /// Only those of this payment.
    public var paymentID: PaymentID?
    /// Only those about this charge, refund or dispute.
    public var sourceID: String?
    /// Only those with a leg in this account.
    public var account: AccountRecord?
    /// Only those that book one of these facts.
    public var kinds: [String]?
    /// Only those in this currency.
    public var currencyCode: String?

    /// No filter at all.
    public init() {}
}

/// The books as far as a merchant may see them: its own journals, with all their legs.
extension MerchantReader {
    /// The journal, if it is one of this merchant's.
    public func journal(_ id: JournalID) async throws -> JournalRecord? {
        try await records([id.rawValue]).first
    }

    /// A page of journals, newest first.
    public func journals(
        _ page: PageRequest,
        _ filter: JournalFilter = JournalFilter()
    ) async throws -> Page<JournalRecord> {
        let cursor = page.cursor ?? ""
        let rows = try await read([
            """
            SELECT 1 FROM journal
            WHERE merchant_id = \(merchantID.rawValue) AND id = \(cursor)
            """,
            identifiers(page, filter),
        ])
        guard page.cursor == nil || !rows[0].isEmpty else { throw CursorNotFound(cursor: cursor) }
        let found = Page(read: try rows[1].map { try $0.decode(String.self, at: 0) }, page)
        return Page(items: try await records(found.items), hasMore: found.hasMore)
    }

    /// The identifiers of a page, from the cursor on.
    ///
    /// A condition that is not wanted is written as one that always holds (`stream <> ''`), so that a
    /// statement has the indexes of exactly the conditions that it has.
    private func identifiers(_ page: PageRequest, _ filter: JournalFilter) -> Query {
        let created = page.createdBounds
        let wanted = Conditions(filter)
        return """
            SELECT id FROM journal
            WHERE merchant_id = \(merchantID.rawValue)
                AND effective_at >= \(created.from) AND effective_at < \(created.before)
                AND position \(raw: page.isBackwards ? ">" : "<") coalesce(
                    (
                        SELECT position FROM journal
                        WHERE merchant_id = \(merchantID.rawValue) AND id = \(page.cursor ?? "")
                    ),
                    \(Int64.max)
                )
                AND stream \(raw: filter.paymentID == nil ? "<>" : "=") \(wanted.stream)
                AND stream \(raw: filter.sourceID == nil ? "<>" : "=") coalesce(
                    (
                        SELECT payment_id FROM charge
                        WHERE merchant_id = \(merchantID.rawValue) AND id = \(wanted.source)
                    ),
                    (
                        SELECT payment_id FROM refund
                        WHERE merchant_id = \(merchantID.rawValue) AND id = \(wanted.source)
                    ),
                    (
                        SELECT payment_id FROM dispute
                        WHERE merchant_id = \(merchantID.rawValue) AND id = \(wanted.source)
                    ),
                    (
                        SELECT id FROM payout
                        WHERE merchant_id = \(merchantID.rawValue) AND id = \(wanted.source)
                    ),
                    ''
                )
                AND source_id \(raw: filter.sourceID == nil ? "<>" : "=") \(wanted.source)
                AND currency \(raw: filter.currencyCode == nil ? "<>" : "=") \(wanted.currency)
                AND (\(wanted.kinds.isEmpty) OR kind = ANY (\(wanted.kinds)::text[]))
                AND (\(wanted.owner) = '' OR EXISTS (
                    SELECT FROM entry JOIN account ON account.id = entry.account_id
                    WHERE entry.journal_id = journal.id
                        AND account.merchant_id = \(wanted.owner)
                        AND account.code = \(wanted.code)
                        AND account.currency = \(wanted.accountCurrency)))
            ORDER BY position \(raw: page.isBackwards ? "ASC" : "DESC")
            LIMIT \(Int64(page.limit + 1))
            """
    }

    /// Whole journals, in the order of the identifiers given.
    private func records(_ ids: [String]) async throws -> [JournalRecord] {
        guard !ids.isEmpty else { return [] }
        let rows = try await read([
            """
            SELECT wanted.ordinal, journal.id, journal.kind, journal.currency, journal.source_id,
                journal.effective_at, account.code, account.merchant_id, entry.currency,
                entry.amount_minor
            FROM unnest(\(ids)::text[]) WITH ORDINALITY AS wanted (id, ordinal)
            JOIN journal ON journal.id = wanted.id
                AND journal.merchant_id = \(merchantID.rawValue)
            JOIN entry ON entry.journal_id = journal.id
            JOIN account ON account.id = entry.account_id
            ORDER BY wanted.ordinal, entry.leg
            """
        ])
        var records: [JournalRecord] = []
        for row in rows[0] {
            let record = try JournalRow(row)
            if let last = records.last, last.id == record.id {
                records[records.count - 1] = last.adding(record.leg)
            } else {
                records.append(record.journal)
            }
        }
        return records
    }
}

/// A filter as the statements want it: an empty text, or an empty list, stands for no condition.
private struct Conditions {
    let stream: String
    let source: String
    let currency: String
    let kinds: [String]
    let owner: String
    let code: Int16
    let accountCurrency: String

    init(_ filter: JournalFilter) {
        stream = filter.paymentID?.rawValue ?? ""
        source = filter.sourceID ?? ""
        currency = filter.currencyCode ?? ""
        kinds = filter.kinds ?? []
        owner = filter.account?.ownerName ?? ""
        code = filter.account?.code.rawValue ?? 0
        accountCurrency = filter.account?.currency.code ?? ""
    }
}

/// One leg with its journal's header, as a query gives it.
private struct JournalRow {
    let id: JournalID
    let journal: JournalRecord
    let leg: JournalRecord.Leg

    init(_ row: Row) throws {
        let (_, id, kind, currency, source, effectiveAt, code, owner, legCurrency, amount) =
            try row.decode(
                (
                    Int64, String, String, String, String, PostgresTimestamp, Int16, String,
                    String, Int64
                ).self
            )
        guard let id = JournalID(rawValue: id), let code = AccountCode(rawValue: code) else {
            throw PostgresError(.protocolViolation, "a journal has parts that are not known")
        }
        self.id = id
        leg = JournalRecord.Leg(
            account: AccountRecord(
                code: code,
                merchantID: MerchantID(rawValue: owner),
                currency: try Currency(legCurrency)
            ),
            amountMinorUnits: amount
        )
        journal = JournalRecord(
            id: id,
            kind: kind,
            currency: try Currency(currency),
            sourceID: source,
            effectiveAt: Timestamp(
                microsecondsSinceEpoch: effectiveAt.microsecondsSinceEpoch
            ),
            legs: [leg]
        )
    }
}

extension JournalRecord {
    fileprivate func adding(_ leg: Leg) -> JournalRecord {
        JournalRecord(
            id: id,
            kind: kind,
            currency: currency,
            sourceID: sourceID,
            effectiveAt: effectiveAt,
            legs: legs + [leg]
        )
    }
}

extension AccountRecord {
    /// The owner as the database spells it.
    var ownerName: String { merchantID?.rawValue ?? "platform" }
}
