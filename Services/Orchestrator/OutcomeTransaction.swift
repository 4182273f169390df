import CommandQueue
import EventStore
import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import Projections

/// One attempt to store a batch of outcomes: all of them, or none and a reason for some.
///
/// Two round trips. The first removes the work rows or puts them back (the fence: what somebody
/// else has by now is missing), asks for the versions of the streams, and posts the journals. Is
/// there nothing to object to, the second appends events, writes projections and replies, and
/// commits. Else everything is rolled back, and the batch is tried without the items at fault.
///
/// Lock order: work rows by command, then gates by merchant, then accounts by number, then streams.
struct OutcomeTransaction: Sendable {
    /// How an attempt ended.
    enum Attempt: Sendable {
        case committed
        /// Nothing was written; these items, by their place in the batch, are why.
        case leftOut([Int: OutcomeResult])
    }

    /// Rolls the transaction back.
    private struct LeftOut: Error {
        let problems: [Int: OutcomeResult]
    }

    private let items: [CommandOutcome]
    private let postings: [(place: Int, posting: Posting)]
    private let refunds: [(place: Int, assumption: SettlementGate.Assumption)]

    init(_ items: [CommandOutcome]) {
        self.items = items
        postings = items.indices.flatMap { place in
            items[place].postings.map { (place: place, posting: $0) }
        }
        refunds = items.indices.flatMap { place in
            items[place].refundAssumptions.map { (place: place, assumption: $0) }
        }
    }

    func run(on pool: PostgresPool) async throws -> Attempt {
        do {
            return try await pool.withTransaction { transaction in
                let problems = try await examine(transaction)
                guard problems.isEmpty else { throw LeftOut(problems: problems) }
                try await transaction.commit(after: writes)
                return .committed
            }
        } catch let leftOut as LeftOut {
            return .leftOut(leftOut.problems)
        }
    }

    /// The first round trip; says what is to be left out.
    private func examine(_ transaction: Transaction) async throws -> [Int: OutcomeResult] {
        let expected = items.indices.flatMap { place in
            items[place].expectedVersions.map { (place: place, key: $0.key, version: $0.version) }
        }
        let fence = fence
        var statements = fence
        if !expected.isEmpty { statements.append(EventWriter.versions(of: expected.map(\.key))) }
        if !refunds.isEmpty { statements += SettlementGate.check(refunds.map(\.assumption)) }
        if !postings.isEmpty { statements.append(LedgerWriter.post(postings.map(\.posting))) }
        var results = try await transaction.pipeline(statements)[...]

        var problems: [Int: OutcomeResult] = [:]
        let held = try results.prefix(fence.count)
            .reduce(into: Set<Lease>()) { try $0.formUnion(WorkStatements.leases($1)) }
        results = results.dropFirst(fence.count)
        for place in items.indices where !held.contains(items[place].work.lease) {
            problems[place] = .fenced
        }
        if !expected.isEmpty, let rows = results.popFirst() {
            var versions = try rows.map { try $0.decode(Int32.self, at: 0) }[...]
            var taken: Set<StreamKey> = []
            for item in expected {
                guard let version = versions.popFirst() else { break }
                // Two items of one batch may want the same stream; the second must decide again.
                if version != item.version || taken.contains(item.key) {
                    problems[item.place] = problems[item.place] ?? .conflicted
                }
                taken.insert(item.key)
            }
        }
        if !refunds.isEmpty {
            // The first two of its statements only lock.
            results = results.dropFirst(2)
            if let rows = results.popFirst() {
                for place in try SettlementGate.broken(refunds.map(\.assumption), rows) {
                    let item = refunds[place].place
                    problems[item] = problems[item] ?? .conflicted
                }
            }
        }
        if !postings.isEmpty, let rows = results.popFirst() {
            let codes = try LedgerWriter.results(rows, count: postings.count)
            for (posting, code) in zip(postings, codes) where problems[posting.place] == nil {
                switch code {
                case .posted: break
                case .duplicate: problems[posting.place] = .conflicted
                case .unknownAccount, .unbalanced, .tooFewEntries, .closedPeriod:
                    problems[posting.place] = .refused(code.rawValue)
                }
            }
        }
        return problems
    }

    /// The statements of the second round trip.
    private var writes: [Query] {
        var statements: [Query] = []
        let events = items.flatMap(\.newEvents)
        if !events.isEmpty { statements.append(EventWriter.append(events)) }
        var projections = ProjectionBatch()
        for item in items where !item.events.isEmpty {
            projections.add(
                item.aggregates,
                changed: Set(item.events.map(\.stream)),
                begun: Set(item.events.filter { $0.version == 1 }.map(\.stream))
            )
        }
        statements += projections.statements
        let replies = items.compactMap { item in
            item.reply.map {
                (
                    commandID: item.work.lease.commandID, merchantID: item.work.merchantID,
                    reply: $0
                )
            }
        }
        if !replies.isEmpty { statements.append(WorkStatements.insertReplies(replies)) }
        return statements
    }

    /// What becomes of the work rows, and tells which of them are still held.
    private var fence: [Query] {
        let finished = items.filter { $0.end == .finished }.map(\.work.lease)
        let later = items.compactMap { item -> (lease: Lease, until: Timestamp)? in
            guard case .laterAt(let time) = item.end else { return nil }
            return (item.work.lease, time)
        }
        return (finished.isEmpty ? [] : [WorkStatements.remove(finished)])
            + (later.isEmpty ? [] : [WorkStatements.snooze(later)])
    }
}
