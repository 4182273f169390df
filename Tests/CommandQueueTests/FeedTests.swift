import CommandQueue
import EventStore
import JSON
import Money
import Payments
import Postgres
import Synchronization
import TestKit
import Testing

/// How many writers are still at work.
private final class Countdown: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    var isOver: Bool { left.withLock { $0 == 0 } }

    func countDown() { left.withLock { $0 -= 1 } }
}

@Suite("Reading the event store", .timeLimit(.minutes(2)))
struct FeedTests {
    /// Two events of a card token: made, then spent.
    private static func events(_ number: Int, merchant: Int = 1) -> [NewEvent] {
        let id = CardTokenID(checked: "tok_" + Sample.padded(number))
        let token = CardToken(
            id: id,
            merchantID: Sample.merchantID(merchant),
            livemode: false,
            card: CardDetails(
                networkToken: "token",
                brand: "visa",
                last4: "4242",
                expirationMonth: 12,
                expirationYear: 2034,
                funding: .credit,
                fingerprint: "fingerprint",
                checks: CardChecks(addressLine1: nil, addressPostalCode: nil, cvc: .pass),
                risk: .normal
            ),
            billingDetails: [:],
            createdAt: Sample.time
        )
        let method = PaymentMethodID(checked: "pm_" + Sample.padded(number))
        let facts: [DomainEvent] = [.cardTokenCreated(token), .cardTokenUsed(by: method)]
        return facts.enumerated().map { index, fact in
            NewEvent(
                merchantID: Sample.merchantID(merchant),
                recorded: RecordedEvent(
                    stream: .cardToken(id),
                    version: Int32(index + 1),
                    event: fact,
                    recordedAt: Sample.time
                ),
                cause: EventCause(
                    commandID: Int64(number),
                    requestID: "req_\(number)",
                    idempotencyKey: nil
                )
            )
        }
    }

    private static func isAllSettled(_ lab: Lab, ofEpoch epoch: Int32 = 1) async throws -> Bool {
        try await lab.count(
            """
            SELECT count(*) FROM event
            WHERE epoch = \(epoch) AND tx >= pg_snapshot_xmin(pg_current_snapshot())
            """
        ) == 0
    }

    @Test("What was appended is read again, in order, as it was")
    func roundTrip() async throws {
        let lab = try await Lab.make()
        let events = Self.events(1) + Self.events(2)
        #expect(try await lab.orchestrator.execute(EventWriter.append(events)) == 4)
        let key = StreamKey(merchantID: events[0].merchantID, stream: events[0].recorded.stream)
        let reader = EventReader(lab.orchestrator)
        let rows = try await reader.stream(key)
        #expect(rows.map(\.recorded) == Array(events.prefix(2)).map(\.recorded))
        #expect(rows.map(\.cause) == Array(events.prefix(2)).map(\.cause))
        #expect(try await reader.stream(key, after: 1).map(\.recorded.version) == [2])

        let other = StreamKey(merchantID: Sample.merchantID(2), stream: key.stream)
        let versions = try await lab.orchestrator.query(EventWriter.versions(of: [other, key]))
        #expect(try versions.map { try $0.decode(Int32.self, at: 0) } == [0, 2])
    }

    @Test("A version that a stream has already, or that leaves a hole, is refused")
    func versions() async throws {
        let lab = try await Lab.make()
        let events = Self.events(1)
        try await lab.orchestrator.execute(EventWriter.append(events))
        await #expect(throws: PostgresError.self) {
            try await lab.orchestrator.execute(EventWriter.append([events[1]]))
        }
        await #expect(throws: PostgresError.self) {
            try await lab.orchestrator.execute(EventWriter.append([Self.events(2)[1]]))
        }
        #expect(try await lab.count("SELECT count(*) FROM event") == 2)
    }

    @Test(
        "A reader of the feed skips nothing, however transactions overtake each other",
        arguments: SeededGenerator.seeds(count: 3)
    )
    func neverSkips(seed: UInt64) async throws {
        let lab = try await Lab.make()
        let writers = 6
        let perWriter = 15
        let read = try await withThrowingTaskGroup(of: Void.self) { tasks in
            let left = Countdown(writers)
            for writer in 0..<writers {
                var generator = SeededGenerator(seed: seed &+ UInt64(writer))
                tasks.addTask {
                    for number in 0..<perWriter {
                        let events = Self.events(writer * perWriter + number)
                        let isSlow = generator.chance(percent: 40)
                        try await lab.orchestrator.withTransaction { transaction in
                            try await transaction.execute(EventWriter.append([events[0]]))
                            // Others take their numbers and commit in between.
                            if isSlow { try await transaction.execute("SELECT pg_sleep(0.01)") }
                            try await transaction.execute(EventWriter.append([events[1]]))
                        }
                    }
                    left.countDown()
                }
            }
            var generator = SeededGenerator(seed: seed)
            var place = FeedPosition.beginning
            var read: [EventRow] = []
            var isLast = false
            while true {
                let limit = Int.random(in: 1...9, using: &generator)
                let page = try await EventReader(lab.owner).feed(after: place, limit: limit)
                read += page
                place = page.last?.place ?? place
                if isLast, page.isEmpty { break }
                // Transactions of other tests, in other databases, hold the horizon back as well.
                if left.isOver { isLast = try await Self.isAllSettled(lab) }
            }
            try await tasks.waitForAll()
            return read
        }
        #expect(read.count == writers * perWriter * 2)
        #expect(Set(read.map(\.place)).count == read.count)
        #expect(read.map(\.place) == read.map(\.place).sorted())
        var versions: [StreamID: Int32] = [:]
        for row in read {
            #expect(row.recorded.version == versions[row.recorded.stream, default: 0] + 1)
            versions[row.recorded.stream] = row.recorded.version
        }
    }

    @Test("What an earlier epoch wrote is below the horizon, whatever its transaction numbers were")
    func earlierEpoch() async throws {
        let lab = try await Lab.make()
        try await lab.orchestrator.execute(EventWriter.append(Self.events(1)))
        // As after a restore: the epoch rises, and the old numbers are above all new ones.
        try await lab.owner.execute(
            """
            INSERT INTO store_epoch (epoch, system_identifier)
            SELECT 2, system_identifier FROM pg_control_system()
            """
        )
        try await lab.owner.execute("ALTER TABLE event DISABLE TRIGGER event_append_only")
        try await lab.owner.execute("UPDATE event SET tx = '9000000000'")
        try await lab.orchestrator.execute(EventWriter.append(Self.events(2)))
        try await eventually { try await Self.isAllSettled(lab, ofEpoch: 2) }
        let rows = try await EventReader(lab.owner).feed(after: .beginning, limit: 10)
        #expect(rows.map(\.place.epoch) == [1, 1, 2, 2])
    }

    @Test("A consumer's cursor is kept with its effects and only moves forward")
    func cursor() async throws {
        let lab = try await Lab.make()
        let cursor = FeedCursor(consumer: "test")
        #expect(try await cursor.read(lab.orchestrator) == .beginning)
        let first = FeedPosition(epoch: 1, transaction: 700, position: 3)
        let second = FeedPosition(epoch: 1, transaction: 701, position: 1)
        #expect(try await lab.orchestrator.execute(cursor.advance(to: second)) == 1)
        #expect(try await lab.orchestrator.execute(cursor.advance(to: first)) == 0)
        #expect(try await cursor.read(lab.orchestrator) == second)
    }
}
