import Foundation
import Postgres

/// Three times as many payments arrive as the stack can take.
struct OverloadCase: BenchmarkCase {
    /// Enough that arrivals never wait for a connection while the gateway answers in bounded time.
    static let connections = 768
    /// How many times the sustainable rate arrives.
    static let factor = 3.0
    /// Longer than other rounds, so that queues have time to grow.
    private static let moreSeconds = 3.0
    /// Ids compared with the database in one statement.
    private static let batch = 10_000

    let name = "overload"
    let summary =
        "three times the sustainable arrivals: bounded latency, and nothing accepted is lost"

    func run(_ context: BenchmarkContext) async throws -> [Figure] {
        let seconds = context.plan.roundSeconds + Self.moreSeconds
        let sustained = try await context.load.run(context.closedLoop(.payment, seconds)).perSecond
        let file = "\(context.stack.state)/accepted.txt"
        let report = try await context.load.run(
            LoadRound(
                kind: .payment,
                seconds: seconds,
                connections: Self.connections,
                arrivalsPerSecond: sustained * Self.factor,
                ports: [context.stack.port],
                acceptedFile: file
            )
        )
        context.progress.say(
            "  \(Decimals.text(sustained * Self.factor))/s arrived: \(report.completed) accepted, "
                + "\(report.shed) turned away"
        )
        let accepted = try String(contentsOfFile: file, encoding: .utf8)
            .split(separator: "\n").map(String.init)
        let lost = try await countMissing(accepted, context)
        let arrived = Double(report.completed + report.shed)
        return [
            Figure(
                "o.p99",
                "3× overload: p99 of what was accepted",
                unit: "ms",
                value: .once(report.latency.p99)
            ),
            Figure(
                "o.accepted",
                "3× overload: accepted, until the last answer",
                unit: "1/s",
                value: .once(Double(report.completed) / report.elapsedSeconds)
            ),
            Figure(
                "o.shed",
                "3× overload: turned away with 429 or 503",
                unit: "%",
                value: .once(arrived > 0 ? Double(report.shed) * 100 / arrived : 0)
            ),
            Figure(
                "o.shed.silent",
                "3× overload: turned away without Retry-After",
                unit: "",
                value: .once(Double(report.shedWithoutRetryAfter)),
                target: .atMost(0)
            ),
            Figure(
                "o.lost",
                "3× overload: accepted and not stored",
                unit: "",
                value: .once(Double(lost)),
                target: .atMost(0)
            ),
        ]
    }

    /// How many of the payments whose acceptance was answered are not in the database.
    private func countMissing(
        _ accepted: [String],
        _ context: BenchmarkContext
    ) async throws -> Int {
        try await context.withPool(context.databaseURL) { pool in
            var missing = 0
            for start in stride(from: 0, to: accepted.count, by: Self.batch) {
                let part = Array(accepted[start..<min(start + Self.batch, accepted.count)])
                let rows = try await pool.query(
                    "SELECT count(*) FROM payment WHERE id = ANY (\(part))"
                )
                missing += part.count - Int(try rows[0].decode(Int64.self, at: 0))
            }
            return missing
        }
    }
}
