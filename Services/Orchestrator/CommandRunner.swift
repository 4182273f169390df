import CardNetwork
import CommandQueue
import JSON
import Logging
import MerchantAPI
import Money
import Payments
import Projections
import ServiceKit

/// Runs one claimed command: decides, sends, decides again, and hands the outcome to the writer.
struct CommandRunner: Sendable {
    /// How long each kind of message waits for its answer.
    struct Timeouts: Sendable {
        /// An authorization; the issuer decides.
        let authorization: Duration
        /// An advice or a reversal; the network only takes note.
        let advice: Duration
    }

    /// How often a command is decided again because a stream had moved on.
    static let maximumConflicts = 8

    let network: any CardNetworkLink
    let leases: LeaseTable
    let loader: AggregateLoader
    let timeouts: Timeouts
    let retries: RetrySchedule
    let clock: @Sendable () -> Timestamp
    let clockAdvance: ClockAdvance
    let write: @Sendable (CommandOutcome) async throws -> OutcomeResult
    let metrics: OrchestratorMetrics
    let stages: StageTrace
    let logger: Logger

    /// Runs a command to its end, or until its lease no longer allows it.
    func run(
        _ work: ClaimedWork,
        _ submitted: SubmittedCommand,
        given aggregates: Aggregates
    ) async {
        var aggregates = aggregates
        var mayHaveRun = work.mayHaveRun
        var stages = stages.start()
        stages.reached(
            .claimed,
            after: .microseconds(clock().microseconds(since: work.receivedAt))
        )
        do {
            for _ in 0..<Self.maximumConflicts {
                let outcome = try await carryOut(
                    submitted,
                    work,
                    aggregates,
                    mayHaveRun,
                    &stages
                )
                guard let outcome else { return metrics.ended(work, as: "lease_lost") }
                switch try await write(outcome) {
                case .stored:
                    stages.reached(.written)
                    return metrics.ended(work, as: outcome.end == .finished ? "finished" : "later")
                case .fenced: return metrics.ended(work, as: "fenced")
                case .refused(let reason):
                    return await park(work, "its outcome was refused: \(reason)")
                case .conflicted:
                    metrics.conflicted()
                    guard let loaded = try await loader.aggregates(of: [submitted]).first else {
                        return await park(work, "its aggregates could not be loaded")
                    }
                    aggregates = loaded
                    // What was sent in vain may count at the network; the rules know what to do.
                    mayHaveRun = true
                }
            }
            await park(work, "its streams kept moving")
        } catch {
            await park(work, "\(error)")
        }
    }

    /// Decides and sends until nothing is left to send; nil when the lease ended before that.
    private func carryOut(
        _ submitted: SubmittedCommand,
        _ work: ClaimedWork,
        _ aggregates: Aggregates,
        _ mayHaveRun: Bool,
        _ stages: inout StageClock
    ) async throws -> CommandOutcome? {
        var run = CommandRun(submitted, aggregates: aggregates)
        // The merchant's own time, for all that is business; leases and repeats are in ours.
        let ahead = aggregates.clockAheadMicroseconds
        var step = try run.begin(
            mayHaveRun: mayHaveRun,
            at: clock().adding(microseconds: ahead)
        )
        while case .send(let effect) = step {
            guard leases.maySend(work.lease), !Task.isCancelled else { return nil }
            stages.reached(.sent)
            let outcome = await send(effect)
            stages.reached(.answered)
            // A canceled task learned nothing: whoever takes the work over will find out.
            guard !Task.isCancelled else { return nil }
            step = try run.proceed(
                after: effect,
                outcome: outcome,
                at: clock().adding(microseconds: ahead)
            )
        }
        var isFinished = step == .finish
        if case .testClock(let goal) = run.reply {
            isFinished = try await clockAdvance.run(
                submitted.merchantID,
                to: goal,
                while: { leases.maySend(work.lease) }
            )
        }
        return CommandOutcome(
            work: work,
            events: run.events,
            postings: run.postings,
            aggregates: run.aggregates,
            reply: rendered(run, work, isFinished: isFinished),
            end: isFinished
                ? .finished : .laterAt(retries.next(after: clock(), claims: work.claims))
        )
    }

    private func send(_ effect: NetworkEffect) async -> NetworkOutcome {
        let timeout: Duration =
            switch effect {
            case .authorize: timeouts.authorization
            case .capture, .reverse, .refund, .respond: timeouts.advice
            }
        let start = ContinuousClock.now
        let outcome = await network.send(effect, timeout: timeout)
        metrics.answered(effect, outcome, after: .now - start)
        return outcome
    }

    /// The answer in the words of the API; a finished command always has one.
    private func rendered(
        _ run: CommandRun,
        _ work: ClaimedWork,
        isFinished: Bool
    ) -> StoredReply? {
        let renderer = ResourceRenderer(version: APIVersion(rawValue: work.apiVersion) ?? .current)
        let rendered: RenderedReply
        if let reply = run.reply, isFinished || !reply.isTestClock {
            rendered = renderer.reply(
                reply,
                given: run.aggregates,
                expand: run.submitted.command.expand
            )
        } else if isFinished {
            // Nothing is left of what it was about; an answer that is there already stays.
            logger.error("a command ended without an answer", metadata: work.logMetadata)
            rendered = RenderedReply(.unexpected)
        } else {
            return nil
        }
        return StoredReply(status: Int16(rendered.status), body: rendered.body.serialized())
    }

    /// Puts a command aside that cannot be finished now; it is tried again, later and later.
    func park(_ work: ClaimedWork, _ reason: String) async {
        guard !Task.isCancelled else { return }
        logger.error(
            "a command is put aside",
            metadata: work.logMetadata.merging(["reason": "\(reason)"]) { $1 }
        )
        metrics.ended(work, as: "put_aside")
        let outcome = CommandOutcome(
            work: work,
            events: [],
            postings: [],
            aggregates: Aggregates(),
            reply: nil,
            end: .laterAt(retries.next(after: clock(), claims: work.claims))
        )
        do {
            _ = try await write(outcome)
        } catch {
            // The lease runs out, and the work is taken over.
            logger.error(
                "a command was not put aside",
                metadata: work.logMetadata.merging(["reason": "\(error)"]) { $1 }
            )
        }
    }
}

extension ClaimedWork {
    /// What names the command in logs.
    var logMetadata: Logger.Metadata {
        [
            "command": "\(lease.commandID)", "kind": "\(kind)", "request": "\(requestID)",
            "merchant": "\(merchantID)", "claims": "\(claims)",
        ]
    }
}
