public import EventStore
public import Ledger
import Payments
public import Postgres
public import Projections

/// Why facts were not written; nothing of them is stored.
public enum FactError: Error, Sendable, Equatable {
    /// A stream has other events by now: load it again and decide again.
    case conflicted
    /// A journal was refused, and with what word.
    case refused(String)
}

/// Writes facts with all that follows from them, in a transaction of the caller: the streams must
/// stand where the facts say, the journals are posted, the events are appended, the projections
/// written.
///
/// For services that write facts of their own; the orchestrator does the same in its own batch,
/// with its commands' leases and replies.
public enum FactWriter {
    /// Writes them, or throws ``FactError`` and leaves the transaction to be rolled back.
    public static func write(
        _ events: [NewEvent],
        _ postings: [Posting],
        _ projections: ProjectionBatch,
        in transaction: Transaction
    ) async throws {
        var before: [StreamKey: Int32] = [:]
        for event in events {
            let key = StreamKey(merchantID: event.merchantID, stream: event.recorded.stream)
            before[key] = before[key] ?? event.recorded.version - 1
        }
        let keys = Array(before.keys)
        var statements = [EventWriter.versions(of: keys)]
        if !postings.isEmpty { statements.append(LedgerWriter.post(postings)) }
        let results = try await transaction.pipeline(statements)
        for (key, row) in zip(keys, results[0]) {
            let version = try row.decode(Int32.self, at: 0)
            guard version == before[key] else { throw FactError.conflicted }
        }
        if results.count > 1 {
            for result in try LedgerWriter.results(results[1], count: postings.count) {
                switch result {
                case .posted: break
                case .duplicate: throw FactError.conflicted
                case .unknownAccount, .unbalanced, .tooFewEntries, .closedPeriod:
                    throw FactError.refused(result.rawValue)
                }
            }
        }
        do {
            _ = try await transaction.pipeline(
                [EventWriter.append(events)] + projections.statements
            )
        } catch {
            // Another transaction, which was not committed when the versions were asked for.
            if error.constraintName == "event_pkey" { throw FactError.conflicted }
            throw error
        }
    }
}
