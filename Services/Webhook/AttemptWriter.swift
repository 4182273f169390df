import CommandQueue
import Logging
import MerchantAPI
import Money
import Payments
import Postgres
import WebhookStore
import Webhooks

/// Stores ended attempts in batches, and reports endpoints that are in trouble.
struct AttemptWriter: Sendable {
    let log: AttemptLog
    /// How long a batch is tried again when the database fails; leases end after that.
    let retrySeconds: Int64
    let wake: @Sendable () -> Void
    let metrics: WebhookMetrics
    let logger: Logger

    func flush(_ attempts: [EndedAttempt]) async -> [Result<Bool, any Error>] {
        let deadline = ContinuousClock.now + .seconds(retrySeconds)
        var waitMilliseconds = 20
        while true {
            do {
                let found = try await log.store(attempts)
                metrics.stored(attempts.count)
                metrics.reported(found.count)
                wake()
                return attempts.map { _ in .success(true) }
            } catch let error as PostgresError where error.isRetryable || error.outcomeIsUnknown {
                // If it was stored after all, the fence leaves it out the next time.
                guard .now < deadline, !Task.isCancelled else {
                    return attempts.map { _ in .failure(error) }
                }
                logger.warning("storing attempts again", metadata: ["reason": "\(error)"])
                try? await Task.sleep(for: .milliseconds(waitMilliseconds))
                waitMilliseconds = min(waitMilliseconds * 2, 1_000)
            } catch {
                return await singly(attempts, error)
            }
        }
    }

    /// One attempt that cannot be stored must not take the others with it.
    private func singly(
        _ attempts: [EndedAttempt],
        _ error: any Error
    ) async -> [Result<Bool, any Error>] {
        guard attempts.count > 1 else { return attempts.map { _ in .failure(error) } }
        var results: [Result<Bool, any Error>] = []
        for attempt in attempts { results += await flush([attempt]) }
        return results
    }
}

/// Has the orchestrator record what happened to endpoints; the key makes each report one command.
enum ReportDesk {
    static func statement(of reports: [EndpointReport]) -> Query {
        let submissions = reports.map { found -> Submission in
            let id = found.target.endpointID
            let command: WebhookCommand
            let key: String
            switch found.report {
            case .failing(let percent, let since):
                command = .warn(id, WebhookWarning(percent: percent, failingSince: since))
                key = "webhook:\(id):\(percent):\(since.microsecondsSinceEpoch)"
            case .failed:
                command = .disable(id, .failing)
                key = "webhook:\(id):failing:\(found.at.microsecondsSinceEpoch)"
            case .gone:
                command = .disable(id, .gone)
                key = "webhook:\(id):gone:\(found.at.microsecondsSinceEpoch)"
            }
            return Submission(
                merchantID: found.target.merchantID,
                idempotencyKey: key,
                fingerprint: [],
                endpoint: "internal",
                command: .webhook(command),
                requestID: key,
                apiVersion: APIVersion.current.rawValue
            )
        }
        var keys: Set<String> = []
        return Submitter.statement(
            of: submissions.filter { keys.insert($0.idempotencyKey).inserted }
        )
    }
}
