import TestKit
import Testing

@testable import Postgres

@Suite("Prepared statements as a value")
struct StatementCacheTests {
    private func key(_ sql: String, _ types: [UInt32] = []) -> StatementKey {
        StatementKey(sql: sql, types: types)
    }

    @Test("A statement is prepared once, also within one batch")
    func once() {
        var cache = StatementCache(limit: 2)
        let batch = cache.beginBatch()
        #expect(cache.plan(key("a"), batch: batch) == .prepare(name: "s1", discarding: nil))
        #expect(cache.plan(key("a"), batch: batch) == .use(name: "s1"))
        #expect(cache.plan(key("a", [20]), batch: batch) == .prepare(name: "s2", discarding: nil))
    }

    @Test("The least recently used makes room")
    func eviction() {
        var cache = StatementCache(limit: 2)
        for sql in ["a", "b", "a"] { _ = cache.plan(key(sql), batch: cache.beginBatch()) }
        let plan = cache.plan(key("c"), batch: cache.beginBatch())
        #expect(plan == .prepare(name: "s3", discarding: "s2"))
        #expect(cache.plan(key("a"), batch: cache.beginBatch()) == .use(name: "s1"))
        #expect(cache.count == 2)
    }

    @Test("A batch does not discard what it uses itself")
    func largeBatch() {
        var cache = StatementCache(limit: 2)
        let batch = cache.beginBatch()
        for sql in ["a", "b"] { _ = cache.plan(key(sql), batch: batch) }
        #expect(cache.plan(key("c"), batch: batch) == .unnamed)
        #expect(cache.plan(key("a"), batch: batch) == .use(name: "s1"))
    }

    @Test("What a failed batch did not prepare is forgotten")
    func unconfirmed() {
        var cache = StatementCache(limit: 4)
        let batch = cache.beginBatch()
        for sql in ["a", "b"] { _ = cache.plan(key(sql), batch: batch) }
        cache.confirm(key("a"))
        cache.forgetUnconfirmed()
        #expect(cache.plan(key("a"), batch: batch) == .use(name: "s1"))
        #expect(cache.plan(key("b"), batch: batch) == .prepare(name: "s3", discarding: nil))
    }
}

@Suite("Waiting and timers as values")
struct WaitingTests {
    @Test("Timers come out in the order of their time", arguments: [1, 2, 3])
    func timers(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let start = ContinuousClock.now
        var queue = TimerQueue<Int>()
        let delays = (0..<200).map { _ in Int.random(in: 0..<100, using: &generator) }
        for delay in delays { queue.add(at: start + .seconds(delay), delay) }
        var due: [Int] = []
        for second in [30, 60, 100] {
            while let delay = queue.popDue(at: start + .seconds(second)) { due.append(delay) }
            #expect(due.count == delays.count { $0 <= second })
        }
        #expect(due == delays.sorted())
        #expect(queue.nextDeadline == nil)
    }

    @Test("A pause doubles up to its maximum and is never shorter than half")
    func backoff() {
        #expect(Backoff.delay(failures: 1, fraction: 0) == .milliseconds(25))
        #expect(Backoff.delay(failures: 1, fraction: 1) == .milliseconds(50))
        #expect(Backoff.delay(failures: 3, fraction: 1) == .milliseconds(200))
        #expect(Backoff.delay(failures: 99, fraction: 1) == .milliseconds(5000))
        #expect(Backoff.delay(failures: 99, fraction: 0) == .milliseconds(2500))
    }

    @Test("A line keeps its order through many arrivals and departures")
    func line() {
        var line = WaitingLine<Int>()
        var left: [Int] = []
        for number in 0..<500 {
            line.append(number)
            if number.isMultiple(of: 3), let first = line.removeFirst() { left.append(first) }
            if number == 400 { #expect(line.remove { $0 == 300 } == 300) }
        }
        while let first = line.removeFirst() { left.append(first) }
        #expect(left == (0..<500).filter { $0 != 300 })
        #expect(line.isEmpty)
    }

    @Test(
        "Which failures a retry can help",
        arguments: [
            ("40001", true), ("40P01", true), ("53300", true), ("57P03", true), ("08006", true),
            ("23505", false), ("42P01", false), ("22P02", false),
        ]
    )
    func retryable(sqlState: String, isRetryable: Bool) {
        let error = PostgresError(.server, "test", sqlState: sqlState)
        #expect(error.isRetryable == isRetryable)
    }
}
