import CommandQueue
import Money
import Payments
import TestKit
import Testing

@testable import Orchestrator

@Suite("Leases and schedules")
struct SmallPartsTests {
    private let start = ContinuousClock.now

    @Test("A lease allows to send until a margin before its end, and renewal moves the end")
    func leaseTable() {
        let table = LeaseTable(leaseSeconds: 15)
        let lease = Lease(commandID: 7, token: 1)
        table.add([lease], askedAt: start)
        #expect(table.maySend(lease, now: start + .milliseconds(12_900)))
        #expect(!table.maySend(lease, now: start + .seconds(13)))
        #expect(!table.maySend(Lease(commandID: 7, token: 2), now: start))

        #expect(table.due(now: start + .seconds(4)).isEmpty)
        #expect(table.due(now: start + .seconds(5)) == [lease])
        table.renewed([lease], of: [lease], askedAt: start + .seconds(5))
        #expect(table.maySend(lease, now: start + .seconds(17)))

        table.renewed([], of: [lease], askedAt: start + .seconds(10))
        #expect(!table.maySend(lease, now: start + .seconds(10)))
        #expect(table.count == 0)
    }

    @Test("A lease that was taken again is not forgotten with the old one")
    func newToken() {
        let table = LeaseTable(leaseSeconds: 15)
        let old = Lease(commandID: 7, token: 1)
        let new = Lease(commandID: 7, token: 2)
        table.add([old], askedAt: start)
        table.add([new], askedAt: start)
        table.remove(old)
        table.renewed([], of: [old], askedAt: start)
        #expect(table.maySend(new, now: start))
    }

    @Test("Waits double from the first to the longest, with the last quarter left to chance")
    func schedule() {
        var generator = SeededGenerator(seed: 1)
        let schedule = RetrySchedule(initialMilliseconds: 1_000, maximumMilliseconds: 30_000)
        let now = Timestamp(secondsSinceEpoch: 1_767_258_000)
        let expected: [Int32: Int64] = [1: 1_000, 2: 2_000, 3: 4_000, 6: 30_000, 60: 30_000]
        for (claims, longest) in expected {
            for _ in 0..<50 {
                let next = schedule.next(after: now, claims: claims, using: &generator)
                let wait = next.microseconds(since: now) / 1_000
                #expect((longest * 3 / 4...longest).contains(wait))
            }
        }
    }
}
