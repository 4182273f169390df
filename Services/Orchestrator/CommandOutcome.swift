import CommandQueue
import EventStore
import Ledger
import LedgerStore
import Money
import Payments

/// What is to be stored of one command's run, in one transaction with others.
struct CommandOutcome: Sendable {
    /// What becomes of the work row.
    enum End: Sendable, Equatable {
        /// The command is finished.
        case finished
        /// Something is owed to the network; to be gone on with at a later time.
        case laterAt(Timestamp)
    }

    let work: ClaimedWork
    /// The facts, each at its place.
    let events: [RecordedEvent]
    /// The journals of those facts that move money.
    let postings: [Posting]
    /// The aggregates after the facts.
    let aggregates: Aggregates
    /// The answer, if it is known.
    let reply: StoredReply?
    let end: End

    var newEvents: [NewEvent] {
        let cause = EventCause(
            commandID: work.lease.commandID,
            requestID: work.requestID,
            idempotencyKey: work.isInternal ? nil : work.idempotencyKey
        )
        return events.map { NewEvent(merchantID: work.merchantID, recorded: $0, cause: cause) }
    }

    /// What this outcome's new refunds were decided on.
    var refundAssumptions: [SettlementGate.Assumption] {
        events.compactMap { event in
            guard case .payment(let paymentID) = event.stream,
                case .payment(.refundRequested(let facts)) = event.event
            else { return nil }
            return SettlementGate.Assumption(
                merchantID: work.merchantID,
                paymentID: paymentID,
                isSettled: facts.isAfterSettlement
            )
        }
    }

    /// The streams that have events, with the version that each must have in the store.
    var expectedVersions: [(key: StreamKey, version: Int32)] {
        var seen: Set<StreamID> = []
        return events.compactMap { event in
            guard seen.insert(event.stream).inserted else { return nil }
            let key = StreamKey(merchantID: work.merchantID, stream: event.stream)
            return (key, event.version - 1)
        }
    }
}

/// What became of an outcome.
enum OutcomeResult: Sendable, Equatable {
    /// It is stored.
    case stored
    /// The lease is somebody else's by now, or the work is finished: nothing was written.
    case fenced
    /// A stream has moved on since it was loaded: nothing was written, decide again.
    case conflicted
    /// The store does not take it, and why: nothing was written.
    case refused(String)
}

extension ClaimedWork {
    /// The endpoint of commands that the product gives itself.
    static let internalEndpoint = "internal"

    /// Whether no merchant asked for it.
    var isInternal: Bool { endpoint == Self.internalEndpoint }
}
