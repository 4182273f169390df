import CommandQueue
import Logging
import MerchantAPI
import Money
import Payments
import Postgres
import Projections

/// Gives work again to whatever waits for an end and that nobody works on.
///
/// Work rows are removed only in the transaction that stores a command's end, so it finds nothing
/// unless something went wrong, with one exception: authorizations that nobody captured in time,
/// which it has expired.
struct Sweeper: Sendable {
    /// The most payments of one sweep.
    static let maximumPayments = 200

    let pool: PostgresPool
    let owner: String
    let intervalSeconds: Int
    /// How long after its moment a payment is overdue; more than clocks can be apart.
    let graceSeconds: Int
    let clock: @Sendable () -> Timestamp
    let wake: @Sendable () -> Void
    let metrics: OrchestratorMetrics
    let logger: Logger

    /// Sweeps until the task is canceled.
    func run() async {
        while !Task.isCancelled {
            do {
                let count = try await sweep()
                if count > 0 {
                    metrics.swept(count)
                    wake()
                }
            } catch  where !Task.isCancelled {
                logger.warning("the sweep failed", metadata: ["reason": "\(error)"])
            } catch {
                return
            }
            try? await Task.sleep(for: .seconds(intervalSeconds))
        }
    }

    /// Sweeps once and says how many commands got work.
    func sweep() async throws -> Int {
        let bound = clock().adding(seconds: -Int64(graceSeconds))
        let overdue = try await OverduePayments(pool).find(
            before: bound,
            limit: Self.maximumPayments
        )
        let hastened = try await hastenRefunds() + lapseDisputes()
        guard !overdue.isEmpty else { return hastened }
        let owed = overdue.flatMap(\.openCommands)
        var count = hastened
        if !owed.isEmpty {
            count += try await pool.execute(WorkStatements.giveBack(owed, owner: ""))
        }
        count += try await expire(overdue.filter { $0.capturableMinorUnits > 0 })
        logger.info(
            "overdue payments were found",
            metadata: ["payments": "\(overdue.count)", "commands": "\(count)"]
        )
        return count
    }

    /// Has refunds go on whose merchant's balance has recovered, or whose time is over.
    private func hastenRefunds() async throws -> Int {
        let waiting = try await WaitingRefunds(pool).commands(limit: Self.maximumPayments)
        guard !waiting.isEmpty else { return 0 }
        let hastened = try await pool.execute(WorkStatements.hasten(waiting))
        // One whose work is gone gets it again; the others keep theirs.
        return try await hastened + pool.execute(WorkStatements.giveBack(waiting, owner: ""))
    }

    /// Tells the network that nobody answers (any more); the key makes it one request each.
    private func lapseDisputes() async throws -> Int {
        let overdue = try await OverdueDisputes(pool).find(limit: Self.maximumPayments)
        guard !overdue.isEmpty else { return 0 }
        let submissions = overdue.map { row in
            let key = "lapse:\(row.disputeID):\(row.status)"
            return Submission(
                merchantID: row.merchantID,
                idempotencyKey: key,
                fingerprint: [],
                endpoint: ClaimedWork.internalEndpoint,
                command: .dispute(
                    .lapse(EndDispute(disputeID: row.disputeID, paymentID: row.paymentID))
                ),
                requestID: key,
                apiVersion: APIVersion.current.rawValue
            )
        }
        return try await Submitter.submitNow(submissions, instance: "", to: pool).count { result in
            switch result {
            case .accepted: true
            case .duplicate: false
            }
        }
    }

    /// Asks for the end of authorizations whose time is over; the key makes it one request each.
    private func expire(_ payments: [Payment]) async throws -> Int {
        let submissions = payments.compactMap { payment -> Submission? in
            guard let attempt = payment.latestAttempt else { return nil }
            var generator = SystemRandomNumberGenerator()
            let request = ExpirePayment(
                paymentID: payment.id,
                remainderRefundID: RefundID.generate(at: clock(), using: &generator)
            )
            return Submission(
                merchantID: payment.merchantID,
                idempotencyKey: "expire:\(attempt.id)",
                fingerprint: [],
                endpoint: ClaimedWork.internalEndpoint,
                command: .expirePayment(request),
                requestID: "expire:\(attempt.id)",
                apiVersion: APIVersion.current.rawValue
            )
        }
        guard !submissions.isEmpty else { return 0 }
        let results = try await Submitter.submitNow(submissions, instance: "", to: pool)
        return results.count { result in
            switch result {
            case .accepted: true
            case .duplicate: false
            }
        }
    }
}
