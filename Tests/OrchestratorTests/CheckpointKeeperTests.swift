import Logging
import Postgres
import ServiceKit
import TestKit
import Testing

@testable import Orchestrator

@Suite("The checkpoint keeper", .timeLimit(.minutes(1)))
struct CheckpointKeeperTests {
    private let metrics = Metrics()

    private func keeper(_ lab: Lab, maximumBatches: Int32) throws -> CheckpointKeeper {
        CheckpointKeeper(
            pool: try lab.database.pool(role: "orchestrator"),
            intervalMilliseconds: 10,
            maximumBatches: maximumBatches,
            metrics: OrchestratorMetrics(metrics),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func unfolded(_ lab: Lab) async throws -> Int {
        try await lab.count(
            """
            SELECT count(*) FROM posting_batch batch, rollup_horizon folded
            WHERE (batch.epoch, batch.tx, batch.id) > (folded.epoch, folded.tx, folded.batch_id)
            """
        )
    }

    /// What the checkpoints say in all, debits positive, without a sign that could cancel out.
    private func checkpoints(_ lab: Lab) async throws -> Int {
        try await lab.count(
            "SELECT coalesce(sum(abs(balance_minor)), 0)::bigint FROM account_checkpoint"
        )
    }

    @Test("A running orchestrator folds what it posted")
    func running() async throws {
        let lab = try await Lab.make()
        var tuning = Lab.quick
        tuning.foldIntervalMilliseconds = 10
        try await lab.running([try lab.orchestrator(tuning: tuning)]) {
            _ = try await lab.ask(Sample.pay(1))
            try await eventually { try await unfolded(lab) == 0 }
        }
        #expect(try await lab.count("SELECT count(*) FROM posting_batch") > 0)
        #expect(try await checkpoints(lab) > 0)
    }

    @Test("A backlog is drained in bounded turns, by several at once, and nothing is folded twice")
    func backlog() async throws {
        let lab = try await Lab.make()
        var idle = Lab.quick
        idle.foldIntervalMilliseconds = 600_000
        let payments = CheckpointKeeper.maximumRounds + 5
        try await lab.running([try lab.orchestrator(tuning: idle)]) {
            // One after the other, so that each is a posting batch of its own.
            for number in 1...payments { _ = try await lab.ask(Sample.pay(number)) }
            try await lab.untilIdle()
        }
        let backlog = try await unfolded(lab)
        #expect(backlog > CheckpointKeeper.maximumRounds)
        let first = try keeper(lab, maximumBatches: 1)
        let second = try keeper(lab, maximumBatches: 1)
        let turn = try await first.fold()
        #expect(turn <= CheckpointKeeper.maximumRounds)
        #expect(try await unfolded(lab) >= backlog - CheckpointKeeper.maximumRounds)
        var folded = turn
        while try await unfolded(lab) > 0 {
            async let mine = first.fold()
            async let others = second.fold()
            folded += try await mine + others
        }
        #expect(folded == backlog)
        let wrong: Query = """
            SELECT count(*) FROM account_checkpoint point
            WHERE balance_minor <> (
                SELECT sum(amount_minor) FROM entry
                WHERE entry.account_id = point.account_id AND account_version IS NULL)
            """
        #expect(try await lab.count(wrong) == 0)
        #expect(try await checkpoints(lab) > 0)
        #expect(metrics.text().contains("orchestrator_folded_batches_total \(backlog)"))
    }
}
