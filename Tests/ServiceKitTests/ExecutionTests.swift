import ServiceKit
import Testing

/// How long stages take, and what chance tasks are given.
@Suite("Execution", .timeLimit(.minutes(1)))
struct ExecutionTests {
    @Test("Random numbers do not come again, within a batch and beyond it")
    func random() {
        var first = SecureRandomNumbers()
        var second = SecureRandomNumbers()
        var seen: Set<UInt64> = []
        for _ in 0..<100 {
            seen.insert(first.next())
            seen.insert(second.next())
        }
        #expect(seen.count == 200)
        let ones = seen.map { $0.nonzeroBitCount }.reduce(0, +)
        #expect((5_900...6_900).contains(ones), "200 numbers of 64 bits, half of them set")
    }

    @Test("A trace that is on times each stage from the one before")
    func trace() {
        let metrics = Metrics()
        var clock = StageTrace(metrics, isOn: true).start()
        clock.reached(.claimed, after: .milliseconds(30))
        clock.reached(.sent)
        let text = metrics.text()
        #expect(text.contains(#"stage_seconds_sum{stage="claimed"} 0.03"#))
        #expect(text.contains(#"stage_seconds_count{stage="sent"} 1"#))
    }

    @Test("A trace that is off does not even ask how long something took")
    func off() {
        var clock = StageTrace.off.start()
        var asked = false
        func duration() -> Duration {
            asked = true
            return .zero
        }
        clock.reached(.claimed, after: duration())
        #expect(!asked)
    }
}
