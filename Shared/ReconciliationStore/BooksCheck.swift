import EventStore
import Postgres

/// Entries, journals and balances among themselves.
///
/// A full run reads all entries once and keeps sums and fingerprints only: some rows for each account,
/// nothing for each journal (``BooksScan``). Where these do not agree, and where a run is about a part
/// of the store or about what is new, journals and accounts are looked at one by one.
enum BooksCheck {
    /// Journals of one statement.
    static let pageJournals = 5_000

    static func run(_ context: CheckContext) async throws -> CheckOutcome {
        if context.isWhole { return try await whole(context) }
        var outcome = try await journals(context)
        let accounts = try await BalanceChanges.check(context)
        outcome.rows += accounts.rows
        outcome.add(accounts.findings, limit: context.limit)
        return outcome
    }

    private static func whole(_ context: CheckContext) async throws -> CheckOutcome {
        await context.progress(RunProgress(check: .books, activity: "summing entries", rows: 0))
        let scan = try await BooksScan.run(context)
        await context.progress(
            RunProgress(check: .books, activity: "entries summed", rows: scan.entries)
        )
        var outcome = CheckOutcome(rows: scan.entries + scan.journals)
        outcome.add(scan.findings, limit: context.limit)
        if scan.hasBrokenJournals {
            outcome.add(try await JournalFaults.all(context), limit: context.limit)
        }
        if !scan.brokenAccounts.isEmpty {
            outcome.add(
                try await AccountFaults.find(scan.brokenAccounts, context),
                limit: context.limit
            )
        }
        outcome.add(try await AccountFaults.rolledUp(context), limit: context.limit)
        outcome.add(try await JournalFaults.withoutEvent(context), limit: context.limit)
        return outcome
    }

    /// Journals page by page: those after the watermark in commit order, or those of the scope.
    private static func journals(_ context: CheckContext) async throws -> CheckOutcome {
        var outcome = CheckOutcome()
        var pages = JournalPages(context)
        while let page = try await pages.next() {
            outcome.rows += page.count
            outcome.add(try await JournalFaults.of(page, context), limit: context.limit)
            await context.progress(
                RunProgress(check: .books, activity: "journals", rows: outcome.rows)
            )
        }
        return outcome
    }
}

/// The identifiers of the journals that a run is about, page by page.
struct JournalPages {
    private let context: CheckContext
    private var batch: (epoch: Int32, transaction: UInt64, id: Int64)
    private var position: Int64 = 0
    private var isDone = false

    init(_ context: CheckContext) {
        self.context = context
        let place = (context.since ?? .beginning).batch
        batch = (place.epoch, place.transaction, place.position)
    }

    mutating func next() async throws -> [String]? {
        while !isDone {
            let page = context.since == nil ? try await scoped() : try await fresh()
            if !page.isEmpty { return page }
        }
        return nil
    }

    /// The journals of the next batches.
    private mutating func fresh() async throws -> [String] {
        let limit = 500
        let rows = try await context.executor.query(
            """
            SELECT epoch, tx, id, journal_ids
            FROM posting_batch
            WHERE (epoch, tx, id)
                    > (\(batch.epoch)::integer, \(batch.transaction)::xid8, \(batch.id)::bigint)
                AND (epoch < current_epoch() OR tx < pg_snapshot_xmin(pg_current_snapshot()))
            ORDER BY epoch, tx, id
            LIMIT \(Int64(limit))
            """
        )
        var ids: [String] = []
        for row in rows {
            let (epoch, transaction, id, journals) = try row.decode(
                (Int32, UInt64, Int64, [String]).self
            )
            batch = (epoch, transaction, id)
            ids += journals
        }
        isDone = rows.count < limit
        return ids
    }

    /// The next journals of the scope.
    private mutating func scoped() async throws -> [String] {
        let scope = context.scope
        let rows = try await context.executor.query(
            """
            SELECT position, id FROM journal
            WHERE position > \(position)
                AND (\(scope.merchantID ?? "") = '' OR merchant_id = \(scope.merchantID ?? ""))
                AND (\(scope.currencyCode ?? "") = '' OR currency = \(scope.currencyCode ?? ""))
                AND recorded_at >= \(scope.fromBound) AND recorded_at < \(scope.beforeBound)
            ORDER BY position
            LIMIT \(Int64(BooksCheck.pageJournals))
            """
        )
        let found = try rows.map { try $0.decode((Int64, String).self) }
        position = found.last?.0 ?? position
        isDone = found.count < BooksCheck.pageJournals
        return found.map(\.1)
    }
}
