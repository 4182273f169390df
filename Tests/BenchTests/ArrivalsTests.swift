import Testing

@testable import Bench

@Suite("Arrivals")
struct ArrivalsTests {
    @Test("are meant to start at a fixed rate, whenever they are taken")
    func fixedRate() {
        var arrivals = Arrivals(start: 1_000_000_000, perSecond: 4, seconds: 1)
        #expect(arrivals.count == 4)
        // The load was busy until long after the second one was due.
        let late: UInt64 = 1_600_000_000
        #expect(arrivals.take(at: late) == 1_000_000_000)
        #expect(arrivals.take(at: late) == 1_250_000_000)
        #expect(arrivals.take(at: late) == 1_500_000_000)
        #expect(arrivals.take(at: late) == nil)
        #expect(arrivals.next == 1_750_000_000)
        #expect(arrivals.take(at: 1_750_000_000) == 1_750_000_000)
        #expect(arrivals.next == nil)
        #expect(arrivals.take(at: .max) == nil)
    }

    @Test("do not drift when the distance is no whole number of nanoseconds")
    func noDrift() {
        var arrivals = Arrivals(start: 0, perSecond: 3, seconds: 1_000)
        var last: UInt64 = 0
        while let moment = arrivals.take(at: .max) { last = moment }
        #expect(arrivals.taken == 3_000)
        #expect(last == 999_666_666_667)
    }

    @Test("count their latency from when they were meant to start")
    func latency() {
        var latencies = Latencies()
        for milliseconds in UInt64(1)...1_000 {
            latencies.record(nanoseconds: milliseconds * 1_000_000)
        }
        let summary = latencies.summary
        #expect(latencies.count == 1_000)
        #expect(abs(summary.p50 - 500) <= 1)
        #expect(abs(summary.p99 - 990) <= 1)
        #expect(abs(summary.highest - 1_000) <= 1)
    }

    @Test("that wait beyond all timeouts are not lost")
    func longest() {
        var latencies = Latencies()
        latencies.record(nanoseconds: .max)
        #expect(latencies.count == 1)
        #expect(latencies.summary.highest >= 60_000)
    }
}
