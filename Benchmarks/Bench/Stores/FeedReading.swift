import EventStore
import Postgres

/// (i): readers go through the feed from its beginning, page by page, and decode every event.
struct FeedReading: Sendable {
    static let name = "i.feed"
    static let page = 1_000
    static let payments = 15_000
    static let quickPayments = 4_000
    /// Events of so many payments are appended by one statement.
    private static let paymentsPerStatement = 100

    let lab: StoreLab
    let pool: PostgresPool
    let readers: Int

    var measurement: Measurement {
        Measurement(Self.name) { seconds in
            try await StoreLab.rate(clients: readers, seconds: seconds) { end in
                try await read(until: end)
            }
        }
    }

    func figure(_ rounds: Rounds) -> Figure {
        rounds.figure(
            Self.name,
            "(i) events read from the feed and decoded, \(readers) readers",
            target: .atLeast(ratio: 50)
        )
    }

    /// Stores what is read.
    func prepare() async throws {
        let payments = lab.context.plan.isQuick ? Self.quickPayments : Self.payments
        var samples = lab.samples()
        for _ in 0..<(payments / Self.paymentsPerStatement) {
            var events: [NewEvent] = []
            for _ in 0..<Self.paymentsPerStatement { events += try samples.payment() }
            try await pool.execute(EventWriter.append(events))
        }
    }

    private func read(until end: ContinuousClock.Instant) async throws -> Int {
        let reader = EventReader(pool)
        var place = FeedPosition.beginning
        var count = 0
        while .now < end {
            let events = try await reader.feed(after: place, limit: Self.page)
            count += events.count
            place = events.last?.place ?? .beginning
            guard count > 0 else { throw BenchmarkError("the feed is empty") }
        }
        return count
    }
}
