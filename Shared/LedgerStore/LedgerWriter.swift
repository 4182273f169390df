public import Ledger
import Money
import Payments
public import Postgres

/// What became of one journal of a posting.
public enum PostingResult: String, Sendable, Equatable, CaseIterable {
    /// It is in the books.
    case posted
    /// A journal of that event is in the books already.
    case duplicate
    /// An entry names an account that the chart does not have.
    case unknownAccount = "unknown_account"
    /// The entries of a currency do not sum to zero.
    case unbalanced
    /// There are fewer than two entries.
    case tooFewEntries = "too_few_entries"
    /// It would take effect in a period that is closed.
    case closedPeriod = "closed_period"
}

/// Posts journals, set-based, in a transaction of the caller.
///
/// One statement posts all journals of a batch: checks run once, accounts are locked in the order
/// of their ids, and one bad journal is left out with its reason while the others are posted.
public enum LedgerWriter {
    /// The statement that posts; its rows are read by ``results(_:count:)``.
    public static func post(_ postings: [Posting]) -> Query {
        let entries = postings.enumerated().flatMap { index, posting in
            posting.journal.entries.map { (journal: Int32(index + 1), entry: $0) }
        }
        let effectiveAt = postings.map {
            PostgresTimestamp(microsecondsSinceEpoch: $0.effectiveAt.microsecondsSinceEpoch)
        }
        return """
            SELECT ordinal, result
            FROM post_journals(
                \(postings.map(\.id.rawValue))::text[],
                \(postings.map(\.merchantID.rawValue))::text[],
                \(postings.map(\.journal.kind.rawValue))::text[],
                \(postings.map(\.currencyCode))::text[],
                \(postings.map(\.stream.rawValue))::text[],
                \(postings.map(\.id.version))::integer[],
                \(postings.map(\.source.rawValue))::text[],
                \(effectiveAt)::timestamptz[],
                \(entries.map(\.journal))::integer[],
                \(entries.map(\.entry.account.code.rawValue))::smallint[],
                \(entries.map(\.entry.amount.currency.code))::text[],
                \(entries.map(\.entry.signedMinorUnits))::bigint[]
            )
            ORDER BY ordinal
            """
    }

    /// What became of each journal, in the order in which they were given.
    public static func results(_ rows: Rows, count: Int) throws(PostgresError) -> [PostingResult] {
        var results: [PostingResult] = []
        for row in rows {
            let (_, text) = try row.decode((Int32, String).self)
            guard let result = PostingResult(rawValue: text) else {
                throw PostgresError(.protocolViolation, "a posting had a result that is not known")
            }
            results.append(result)
        }
        guard results.count == count else {
            throw PostgresError(.protocolViolation, "a posting did not answer for each journal")
        }
        return results
    }
}

extension Posting {
    /// The currency of the journal's first entry; a journal names it, its entries decide.
    fileprivate var currencyCode: String {
        journal.entries.first?.amount.currency.code ?? ""
    }
}
