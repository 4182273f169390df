import Money
import TestKit
import Testing
import Webhooks

@Suite("Deliveries are tried again by a schedule")
struct RetryTests {
    private let now = Timestamp(secondsSinceEpoch: 1_800_000_000)

    @Test("The usual waits are 0, 5 s, 30 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h")
    func usual() {
        #expect(
            RetrySchedule().seconds == [
                0, 5, 30, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
            ]
        )
    }

    @Test("A wait is moved by a fifth at most, to both sides", arguments: 1...10)
    func jitter(step: Int) throws {
        var generator = SeededGenerator(seed: 11)
        let seconds = RetrySchedule().seconds[step]
        var earliest = Int64.max
        var latest = Int64.min
        for _ in 0..<2_000 {
            let due = try #require(
                RetrySchedule().due(step: step, after: now, using: &generator)
            )
            let wait = due.microseconds(since: now)
            earliest = min(earliest, wait)
            latest = max(latest, wait)
        }
        #expect(earliest >= seconds * 800_000)
        #expect(latest <= seconds * 1_200_000)
        #expect(earliest < seconds * 830_000)
        #expect(latest > seconds * 1_170_000)
    }

    @Test("An endpoint's own schedule takes the place of the usual one")
    func own() {
        var generator = SeededGenerator(seed: 1)
        let schedule = RetrySchedule([0, 0])
        #expect(schedule.due(step: 1, after: now, using: &generator) == now)
        #expect(schedule.due(step: 2, after: now, using: &generator) == nil)
    }

    private func verdict(
        _ outcome: DeliveryOutcome,
        step: Int = 0,
        dueAt: Timestamp? = nil,
        retryAfter: Timestamp? = nil,
        schedule: RetrySchedule = RetrySchedule([0, 0, 0])
    ) -> DeliveryVerdict {
        var generator = SeededGenerator(seed: 1)
        return DeliveryRules.verdict(
            after: outcome,
            step: step,
            dueAt: dueAt ?? now,
            startedAt: now,
            schedule: schedule,
            retryAfter: retryAfter,
            now: now,
            using: &generator
        )
    }

    @Test("Any 2xx is a delivery, and nothing else is")
    func statuses() {
        #expect(verdict(.delivered(status: 204)) == .succeeded)
        for status in [100, 301, 307, 400, 404, 429, 500, 503] {
            #expect(verdict(.answered(status: status)) == .retry(at: now, step: 1))
        }
        for outcome in [
            DeliveryOutcome.forbidden(.loopback), .unresolved, .unreachable, .insecure,
            .timedOut(.total), .broken, .interrupted,
        ] {
            #expect(verdict(outcome) == .retry(at: now, step: 1))
        }
    }

    @Test("The last step's failure is the end, and 410 is at once")
    func ends() {
        #expect(verdict(.answered(status: 500), step: 2) == .failed)
        #expect(verdict(.answered(status: 410)) == .failed)
    }

    @Test("A receiver's wish to wait is kept to, when it is longer than the schedule")
    func retryAfter() {
        let later = now.adding(seconds: 600)
        #expect(
            verdict(.answered(status: 503), retryAfter: later) == .retry(at: later, step: 1)
        )
        let slow = RetrySchedule([0, 86_400])
        guard
            case .retry(let at, 1) = verdict(
                .answered(status: 503),
                retryAfter: later,
                schedule: slow
            )
        else { return #expect(Bool(false), "it is tried again") }
        #expect(later < at)
    }

    @Test("A probe that comes before its time costs no step")
    func probe() {
        let due = now.adding(seconds: 3_600)
        #expect(verdict(.unreachable, step: 1, dueAt: due) == .retry(at: due, step: 1))
        #expect(verdict(.delivered(status: 200), step: 1, dueAt: due) == .succeeded)
    }

    @Test("Retry-After is read as seconds or as a date, and never beyond a day")
    func header() {
        #expect(RetryAfter.moment("120", now: now) == now.adding(seconds: 120))
        #expect(RetryAfter.moment(" 7 ", now: now) == now.adding(seconds: 7))
        #expect(RetryAfter.moment("999999", now: now) == now.adding(seconds: 86_400))
        let huge = String(repeating: "9", count: 300)
        #expect(RetryAfter.moment(huge, now: now) == now.adding(seconds: 86_400))
        // 1,800,000,000 is Friday, 15 January 2027, 08:00:00.
        #expect(
            RetryAfter.moment("Fri, 15 Jan 2027 08:01:00 GMT", now: now)
                == now.adding(seconds: 60)
        )
        #expect(
            RetryAfter.moment("Mon, 29 Feb 2028 00:00:00 GMT", now: now)
                == now.adding(seconds: 86_400)
        )
        for text in [
            "", "0", "-5", "soon", "1.5", "+5", "Fri, 15 Jan 2027 07:59:00 GMT",
            "Fri, 15 Jan 2027 08:01:00 CET", "15 Jan 2027 08:01:00 GMT",
        ] {
            #expect(RetryAfter.moment(text, now: now) == nil, "\(text)")
        }
    }

    @Test("Patterns name a type, its family, or all")
    func filter() {
        #expect(EventFilter(["*"]).matches("charge.captured"))
        #expect(EventFilter(["charge.*"]).matches("charge.captured"))
        #expect(!EventFilter(["charge.*"]).matches("charges.captured"))
        #expect(!EventFilter(["charge.*"]).matches("charge"))
        #expect(EventFilter(["refund.issued", "charge.captured"]).matches("charge.captured"))
        #expect(!EventFilter([]).matches("charge.captured"))
        #expect(!EventFilter.isKnown("charge.*", among: ["refund.issued"]))
    }
}
