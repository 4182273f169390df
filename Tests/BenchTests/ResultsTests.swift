import Foundation
import Testing

@testable import Bench

@Suite("Results")
struct ResultsTests {
    private let conditions = RunConditions(
        finishedAt: "2026-01-01T00:00:00Z",
        commit: "abc",
        processor: "Some Processor",
        processors: 2,
        memoryMegabytes: 8_192,
        system: "Linux",
        server: "PostgreSQL 15.1",
        serverSettings: ["fsync": "on"]
    )

    private func results(
        _ figures: [Figure],
        problems: [String] = []
    ) -> Results {
        Results(
            conditions: conditions,
            plan: BenchmarkPlan(isQuick: true, seed: 9),
            baseline: Spread([1_000, 1_200, 1_100]),
            figures: figures,
            problems: problems
        )
    }

    private let rate = Figure(
        "a.closed",
        "(a) payments",
        unit: "1/s",
        value: Spread([1_500, 1_400, 1_600]),
        ratio: Spread([1.4, 1.3, 1.5]),
        target: .atLeast(ratio: 1)
    )

    @Test("are a table with ratio, target, verdict, and this machine's figure with its spread")
    func table() throws {
        let latency = Figure("p", "(a) p99", unit: "ms", value: .once(51.2), target: .atMost(50))
        let lines = ResultsTable(results([rate, latency])).text.split(separator: "\n")
        let first = try #require(lines.first { $0.contains("(a) payments") })
        #expect(
            first.split(separator: " ").joined(separator: " ")
                == "(a) payments 1.40× ≥ 1.00× met 1,500/s (1,400 to 1,600)"
        )
        let second = try #require(lines.first { $0.contains("p99") })
        #expect(
            second.split(separator: " ").joined(separator: " ")
                == "(a) p99 ≤ 50.0 ms missed 51.2 ms"
        )
        let place = first.firstIndex(of: "≥").map { first.distance(from: first.startIndex, to: $0) }
        #expect(
            place
                == second.firstIndex(of: "≤").map {
                    second.distance(from: second.startIndex, to: $0)
                }
        )
    }

    @Test("name the machine, the commit, the seed and the yardstick")
    func heading() {
        let text = ResultsTable(results([rate])).text
        for part in ["Some Processor", "commit abc", "seed 9", "tpcb-like", "1,100/s", "quick"] {
            #expect(text.contains(part))
        }
    }

    @Test("say so when the books are wrong, or something failed")
    func problems() {
        #expect(ResultsTable(results([rate])).text.contains("agree"))
        let text = ResultsTable(results([rate], problems: ["3 journals"])).text
        #expect(text.contains("Something is wrong"))
        #expect(text.contains("3 journals"))
    }

    @Test("keep their JSON fields, so that runs of different commits can be compared")
    func schema() throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("bench-\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let written = results([rate])
        try written.write(to: path)
        let data = try #require(FileManager.default.contents(atPath: path))
        #expect(try JSONDecoder().decode(Results.self, from: data) == written)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            object.keys.sorted()
                == ["baseline", "conditions", "figures", "plan", "problems", "schema"]
        )
        let figure = try #require((object["figures"] as? [[String: Any]])?.first)
        #expect(figure.keys.sorted() == ["name", "ratio", "target", "title", "unit", "value"])
        #expect(object["schema"] as? Int == 1)
    }
}
