import Money
import TestKit
import Testing

@Suite("The clock that stands still")
struct ManualClockTests {
    @Test("a sleeper wakes when the clock has been moved to its deadline, and not before")
    func wakes() async throws {
        let clock = ManualClock(at: Timestamp(secondsSinceEpoch: 0))
        let order = try await withThrowingTaskGroup(of: Int.self) { group in
            for seconds in [3, 1, 2] {
                group.addTask {
                    try await clock.sleep(for: .seconds(seconds))
                    return seconds
                }
            }
            var order: [Int] = []
            for remaining in [3, 2, 1] {
                await clock.sleepers(atLeast: remaining)
                clock.advance(by: .seconds(1))
                if let woken = try await group.next() { order.append(woken) }
            }
            return order
        }
        #expect(order == [1, 2, 3])
        #expect(clock.timestamp == Timestamp(secondsSinceEpoch: 3))
    }

    @Test("a deadline that has passed does not sleep")
    func past() async throws {
        let clock = ManualClock()
        try await clock.sleep(until: clock.now)
        #expect(
            clock.now.duration(to: clock.now.advanced(by: .milliseconds(5))) == .milliseconds(5)
        )
    }

    @Test("a canceled sleeper wakes with an error")
    func canceled() async throws {
        let clock = ManualClock()
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await clock.sleep(for: .seconds(1)) }
                await clock.sleepers(atLeast: 1)
                group.cancelAll()
                try await group.next()
            }
        }
    }

    @Test("a seed gives the same sequence again, and another seed another one")
    func seeds() {
        var first = SeededGenerator(seed: 17)
        var again = SeededGenerator(seed: 17)
        var other = SeededGenerator(seed: 18)
        let sequence = (0..<100).map { _ in first.next() }
        #expect((0..<100).map { _ in again.next() } == sequence)
        #expect((0..<100).map { _ in other.next() } != sequence)
        #expect(Set(sequence).count == 100)
        #expect(first.description == "SEED=17")
    }
}
