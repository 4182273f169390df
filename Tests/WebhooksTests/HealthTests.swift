import JSON
import Money
import Testing
import Webhooks

@Suite("What an endpoint gets depends on how well it does")
struct HealthTests {
    private let start = Timestamp(secondsSinceEpoch: 1_800_000_000)
    private let failure = DeliveryOutcome.answered(status: 500)
    private let success = DeliveryOutcome.delivered(status: 200)

    private func record(
        _ health: inout EndpointHealth,
        _ outcome: DeliveryOutcome,
        at now: Timestamp,
        isProbe: Bool = false,
        limit: Int64? = nil
    ) -> EndpointHealth.Report? {
        health.record(outcome, isProbe: isProbe, limitPerSecond: limit, at: now)
    }

    @Test("No more are in flight than the cap allows")
    func cap() {
        var health = EndpointHealth(at: start)
        #expect(health.allowance(limitPerSecond: nil, inFlight: 0, at: start) == .upTo(32))
        #expect(health.allowance(limitPerSecond: nil, inFlight: 30, at: start) == .upTo(2))
        #expect(
            health.allowance(limitPerSecond: nil, inFlight: 32, at: start) == .nothing(until: nil)
        )
    }

    @Test("Deliveries that get stuck take ever fewer places, and give them back one by one")
    func window() {
        var health = EndpointHealth(at: start)
        // Fewer than the breaker wants to see.
        for _ in 0..<5 { _ = record(&health, .timedOut(.firstByte), at: start) }
        #expect(health.allowance(limitPerSecond: nil, inFlight: 0, at: start) == .upTo(1))
        _ = record(&health, success, at: start)
        #expect(health.allowance(limitPerSecond: nil, inFlight: 0, at: start) == .upTo(2))
    }

    @Test("An endpoint that takes everything earns more places, up to a limit")
    func growth() {
        var health = EndpointHealth(at: start)
        for _ in 0..<10 { _ = record(&health, success, at: start) }
        #expect(health.allowance(limitPerSecond: nil, inFlight: 0, at: start) == .upTo(42))
        for _ in 0..<1_000 { _ = record(&health, success, at: start) }
        #expect(health.allowance(limitPerSecond: nil, inFlight: 0, at: start) == .upTo(128))
    }

    @Test("A limit of so many in a second is kept over any second")
    func rate() {
        var health = EndpointHealth(at: start)
        var sent: [Timestamp] = []
        for millisecond in 0..<5_000 {
            let now = start.adding(milliseconds: Int64(millisecond))
            guard case .upTo(let count) = health.allowance(limitPerSecond: 5, inFlight: 0, at: now)
            else { continue }
            health.claimed(count)
            for _ in 0..<count { sent.append(now) }
        }
        // One second's worth at once, then evenly.
        #expect(sent.count == 5 + 24)
        for time in sent where time > start.adding(seconds: 1) {
            let second = sent.count { $0 <= time && time.microseconds(since: $0) < 1_000_000 }
            #expect(second <= 5)
        }
    }

    @Test("Where no token is left, the moment of the next one is told")
    func nextToken() {
        var health = EndpointHealth(at: start)
        guard case .upTo(2) = health.allowance(limitPerSecond: 2, inFlight: 0, at: start) else {
            return #expect(Bool(false), "a second's worth is there")
        }
        health.claimed(2)
        let allowance = health.allowance(limitPerSecond: 2, inFlight: 0, at: start)
        #expect(allowance == .nothing(until: start.adding(milliseconds: 500)))
    }

    @Test("429 and 503 lower the rate, and it comes back", arguments: [429, 503])
    func lowered(status: Int) {
        var health = EndpointHealth(at: start)
        _ = record(&health, .answered(status: status), at: start)
        _ = record(&health, success, at: start)
        // Nothing much was sent of late, so one in a second is what is left.
        #expect(health.allowance(limitPerSecond: 100, inFlight: 0, at: start) == .upTo(1))
        health.claimed(1)
        #expect(
            health.allowance(limitPerSecond: 100, inFlight: 0, at: start)
                == .nothing(until: start.adding(seconds: 1))
        )
        var now = start
        for _ in 0..<30 {
            now = now.adding(seconds: 1)
            _ = record(&health, success, at: now)
        }
        now = now.adding(seconds: 5)
        #expect(health.allowance(limitPerSecond: 100, inFlight: 0, at: now) == .upTo(63))
    }

    @Test("Seven of ten failures within five minutes open the breaker, fewer do not")
    func breaker() {
        var well = EndpointHealth(at: start)
        for index in 0..<100 {
            let outcome = index % 10 < 4 ? success : failure
            _ = record(&well, outcome, at: start.adding(seconds: Int64(index)))
        }
        #expect(!well.breaker.isOpen)
        var ill = EndpointHealth(at: start)
        for index in 0..<10 {
            #expect(!ill.breaker.isOpen)
            _ = record(&ill, index < 3 ? success : failure, at: start)
        }
        #expect(ill.breaker.isOpen)
    }

    @Test("Failures older than five minutes do not count")
    func oldFailures() {
        var health = EndpointHealth(at: start)
        for _ in 0..<9 { _ = record(&health, failure, at: start) }
        _ = record(&health, failure, at: start.adding(seconds: 331))
        #expect(!health.breaker.isOpen)
    }

    @Test("An open breaker lets one probe out after its wait, and waits longer after each failure")
    func probes() {
        var health = EndpointHealth(at: start)
        for _ in 0..<10 { _ = record(&health, failure, at: start) }
        var now = start
        for wait in [30, 60, 120, 240, 480, 600, 600] as [Int64] {
            let end = now.adding(seconds: wait)
            let before = end.adding(milliseconds: -1)
            #expect(
                health.allowance(limitPerSecond: nil, inFlight: 0, at: before)
                    == .nothing(until: end)
            )
            #expect(health.allowance(limitPerSecond: nil, inFlight: 0, at: end) == .probe)
            #expect(
                health.allowance(limitPerSecond: nil, inFlight: 1, at: end) == .nothing(until: nil)
            )
            _ = record(&health, failure, at: end, isProbe: true)
            now = end
        }
        now = now.adding(seconds: 600)
        _ = record(&health, success, at: now, isProbe: true)
        #expect(!health.breaker.isOpen)
    }

    @Test("What was in flight when the breaker opened does not make it wait longer")
    func lateFailures() {
        var health = EndpointHealth(at: start)
        for _ in 0..<30 { _ = record(&health, failure, at: start) }
        let end = start.adding(seconds: 30)
        #expect(health.allowance(limitPerSecond: nil, inFlight: 0, at: end) == .probe)
    }

    @Test("Five days of failures only are told at 50, 70 and 90 %, and end it")
    func failing() {
        var health = EndpointHealth(at: start)
        var reports: [EndpointHealth.Report] = []
        for hour in 0...120 {
            let now = start.adding(seconds: Int64(hour) * 3_600)
            if let report = record(&health, failure, at: now) { reports.append(report) }
        }
        #expect(
            reports == [
                .failing(percent: 50, since: start), .failing(percent: 70, since: start),
                .failing(percent: 90, since: start), .failed,
            ]
        )
    }

    @Test("One success begins the five days anew")
    func successBeginsAnew() {
        var health = EndpointHealth(at: start)
        _ = record(&health, failure, at: start)
        _ = record(&health, success, at: start.adding(seconds: 400_000))
        #expect(record(&health, failure, at: start.adding(seconds: 432_000)) == nil)
        #expect(health.failingSince == start.adding(seconds: 432_000))
    }

    @Test("An endpoint that says it is gone is reported")
    func gone() {
        var health = EndpointHealth(at: start)
        #expect(record(&health, .answered(status: 410), at: start) == .gone)
    }

    @Test("Its stored form reads back, in every state")
    func document() throws {
        var health = EndpointHealth(at: start)
        for index in 0..<40 {
            let now = start.adding(seconds: Int64(index) * 7)
            _ = health.allowance(limitPerSecond: 9, inFlight: 0, at: now)
            let outcome = index % 3 == 0 ? success : .answered(status: index % 2 == 0 ? 429 : 500)
            _ = record(&health, outcome, at: now, limit: 9)
            let read = try JSON(parsing: health.document.serialized())
            #expect(EndpointHealth(document: read) == health)
        }
        #expect(EndpointHealth(document: [1, 2]) == nil)
    }
}
