import CommandQueue
import Payments
import Postgres
import Synchronization

/// A worker that claims whatever wakes it, and clients whose commits it is woken by.
struct ClaimProbe: Sendable {
    /// How long the last claims may take before the benchmark gives up.
    private static let patience = Duration.seconds(20)

    let lab: StoreLab
    let gateway: PostgresPool
    let orchestrator: PostgresPool
    /// Whether commits are told to the worker, or left to its poll.
    let notifies: Bool

    /// Runs the worker while clients commit, and returns how long each commit waited for its claim.
    func latencies(
        clients: Int,
        _ client: @escaping @Sendable (Committer) async throws -> Void
    ) async throws -> Latencies {
        let configuration = try lab.configuration(role: "orchestrator")
        let notifier = Notifier(configuration: configuration, logger: lab.logger)
        let wakeUps = WakeUps(
            configuration: configuration,
            channels: [WorkQueue.channel],
            logger: lab.logger
        )
        let board = ClaimBoard()
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await notifier.run() }
            tasks.addTask { await wakeUps.run() }
            tasks.addTask { try await work(wakeUps, board) }
            defer { tasks.cancelAll() }
            // Listening has begun before the first commit that counts.
            try await Task.sleep(for: .milliseconds(200))
            try await withThrowingTaskGroup(of: Void.self) { committing in
                for _ in 0..<clients {
                    committing.addTask {
                        try await client(
                            Committer(
                                lab: lab,
                                gateway: gateway,
                                notifier: notifies ? notifier : nil,
                                board: board
                            )
                        )
                    }
                }
                try await committing.waitForAll()
            }
            return try await settle(board)
        }
    }

    private func work(_ wakeUps: WakeUps, _ board: ClaimBoard) async throws {
        let queue = WorkQueue(pool: orchestrator, owner: "bench")
        try await withThrowingTaskGroup(of: Void.self) { completing in
            while !Task.isCancelled {
                let claimed = try await queue.claim(
                    limit: JobRunning.claim,
                    leaseSeconds: JobRunning.leaseSeconds
                )
                board.claimed(claimed.map(\.lease.commandID), at: .now)
                if claimed.isEmpty {
                    await wakeUps.next(found: false)
                    continue
                }
                completing.addTask {
                    try await orchestrator.execute(WorkStatements.remove(claimed.map(\.lease)))
                }
                if claimed.count < JobRunning.claim { await wakeUps.next(found: true) }
            }
        }
    }

    private func settle(_ board: ClaimBoard) async throws -> Latencies {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            if let latencies = board.latencies { return latencies }
            guard .now < deadline else { throw BenchmarkError("a job was never claimed") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Commits one command at a time and takes note of when.
struct Committer: Sendable {
    let lab: StoreLab
    let gateway: PostgresPool
    let notifier: Notifier?
    let board: ClaimBoard

    func commit(_ samples: inout StoreSamples) async throws {
        let results = try await Submitter.submitNow(
            [samples.submission()],
            instance: "bench",
            to: gateway
        )
        let now = ContinuousClock.now
        notifier?.notify(WorkQueue.channel)
        guard case .accepted(let commandID)? = results.first else {
            throw BenchmarkError("a command was not accepted")
        }
        board.committed(commandID, at: now)
    }
}

/// When each command was committed and when it was claimed; either may be known first.
final class ClaimBoard: Sendable {
    private struct State {
        var commits: [Int64: ContinuousClock.Instant] = [:]
        var claims: [Int64: ContinuousClock.Instant] = [:]
    }

    private let state = Mutex(State())

    func committed(_ commandID: Int64, at time: ContinuousClock.Instant) {
        state.withLock { $0.commits[commandID] = time }
    }

    func claimed(_ commandIDs: [Int64], at time: ContinuousClock.Instant) {
        state.withLock { state in
            for commandID in commandIDs { state.claims[commandID] = time }
        }
    }

    /// From commit to claim, once every command was claimed.
    var latencies: Latencies? {
        state.withLock { state in
            guard state.claims.count == state.commits.count else { return nil }
            var latencies = Latencies()
            for (commandID, claim) in state.claims {
                guard let commit = state.commits[commandID] else { return nil }
                let nanoseconds = max(0, (claim - commit).seconds * 1e9)
                latencies.record(nanoseconds: UInt64(nanoseconds))
            }
            return latencies
        }
    }
}
