import CommandQueue
import Payments
import Postgres

/// (h): jobs that wait are claimed and completed in batches, by two workers.
///
/// They are stored before the clock starts. A job is the row of work behind a whole payment's
/// command; to claim it is to lease it durably and read the command, to complete it is to remove
/// its row under the lease's token.
struct JobRunning: Sendable {
    static let name = "h.jobs"
    static let workers = 2
    /// The most jobs of one claim, as the orchestrator claims.
    static let claim = 256
    static let leaseSeconds = 60
    /// Jobs that are stored for each second of a round.
    static let jobsPerSecond = 8_000.0

    let lab: StoreLab
    let gateway: PostgresPool
    let orchestrator: PostgresPool

    var measurement: Measurement {
        Measurement(Self.name) { seconds in
            try await rate(jobs: Int(seconds * Self.jobsPerSecond))
        }
    }

    static func figure(_ rounds: Rounds) -> Figure {
        rounds.figure(name, "(h) jobs claimed and completed", target: .atLeast(ratio: 15))
    }

    /// Stores so many jobs, and returns how many a second were then claimed and completed.
    func rate(jobs: Int) async throws -> Double {
        let stored = try await store(jobs)
        let start = ContinuousClock.now
        let done = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for worker in 0..<Self.workers {
                tasks.addTask { try await self.drain(as: "bench-\(worker)") }
            }
            return try await tasks.reduce(0, +)
        }
        let elapsed = (ContinuousClock.now - start).seconds
        guard done == stored else {
            throw BenchmarkError("of \(stored) jobs \(done) were claimed and completed")
        }
        return Double(done) / elapsed
    }

    private func drain(as owner: String) async throws -> Int {
        let queue = WorkQueue(pool: orchestrator, owner: owner)
        var done = 0
        while true {
            let claimed = try await queue.claim(
                limit: Self.claim,
                leaseSeconds: Self.leaseSeconds
            )
            if claimed.isEmpty { return done }
            done += try await orchestrator.execute(WorkStatements.remove(claimed.map(\.lease)))
        }
    }

    private func store(_ jobs: Int) async throws -> Int {
        let batches = max(1, jobs / Submitter.maximumBatch)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for filler in 0..<4 {
                tasks.addTask {
                    var samples = lab.samples()
                    for _ in stride(from: filler, to: batches, by: 4) {
                        let submissions = (0..<Submitter.maximumBatch).map { _ in
                            samples.submission()
                        }
                        _ = try await Submitter.submitNow(
                            submissions,
                            instance: "bench",
                            to: gateway
                        )
                    }
                }
            }
            try await tasks.waitForAll()
        }
        return batches * Submitter.maximumBatch
    }
}

extension StoreSamples {
    /// A merchant's request for a whole payment, as the gateway stores it.
    mutating func submission() -> Submission {
        let command = createPayment()
        return Submission(
            merchantID: merchantID(),
            idempotencyKey: command.target.rawValue,
            fingerprint: Array(repeating: 7, count: 32),
            endpoint: "/v1/payment_intents",
            command: command,
            requestID: "req_" + command.target.rawValue,
            apiVersion: "2026-10-28.endive"
        )
    }
}
