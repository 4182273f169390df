import Ledger
import Money
import Payments

/// One command on its way: folds each decision's events in and says what is to be done next.
///
/// It is a value without I/O; ``CommandRunner`` carries out what it says.
struct CommandRun: Sendable {
    /// What the shell does next.
    enum Step: Sendable, Equatable {
        /// Send this, then ask with its outcome.
        case send(NetworkEffect)
        /// Store what there is; the command is finished.
        case finish
        /// Store what there is, and go on with the command after a backoff.
        case finishForNow
    }

    let submitted: SubmittedCommand
    private(set) var aggregates: Aggregates
    private(set) var events: [RecordedEvent] = []
    private(set) var postings: [Posting] = []
    private(set) var reply: Reply?

    init(_ submitted: SubmittedCommand, aggregates: Aggregates) {
        self.submitted = submitted
        self.aggregates = aggregates
    }

    /// Begins, or goes on with what an earlier run has stored.
    mutating func begin(mayHaveRun: Bool, at now: Timestamp) throws -> Step {
        let decision = submitted.decide(given: aggregates, at: now, mayHaveRun: mayHaveRun)
        return try take(decision, at: now)
    }

    /// Goes on after the outcome of an effect.
    mutating func proceed(
        after effect: NetworkEffect,
        outcome: NetworkOutcome,
        at now: Timestamp
    ) throws -> Step {
        let decision = submitted.decide(
            after: effect,
            outcome: outcome,
            given: aggregates,
            at: now
        )
        return try take(decision, at: now)
    }

    private mutating func take(_ decision: Decision, at now: Timestamp) throws -> Step {
        for event in decision.events {
            for recorded in try aggregates.append([event], at: now) {
                events.append(recorded)
                if let posting = try posting(of: recorded) { postings.append(posting) }
            }
        }
        reply = decision.reply ?? reply
        switch decision.next {
        case .complete: return .finish
        case .send(let effect): return .send(effect)
        case .sendLater, .later: return .finishForNow
        }
    }

    /// The journal of a fact that moves money.
    private func posting(of recorded: RecordedEvent) throws -> Posting? {
        if case .payout(let event) = recorded.event, let payout = aggregates.payout {
            return try Posting(
                of: event,
                version: recorded.version,
                effectiveAt: recorded.recordedAt,
                in: payout
            )
        }
        guard case .payment(let event) = recorded.event, let payment = aggregates.payment else {
            return nil
        }
        return try Posting(
            of: event,
            version: recorded.version,
            effectiveAt: recorded.recordedAt,
            in: payment
        )
    }
}
