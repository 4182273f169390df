import Money
import Payments
import Postgres
import Testing
import WebhookStore
import Webhooks

@Suite("Leases of deliveries")
struct LeaseTests {
    @Test(
        "A lease that ran out is taken over, its attempt is logged as cut off, and the bytes are the same"
    )
    func takeOver() async throws {
        let lab = try await DeliveryLab.make()
        try await lab.add("A", 1, deliveries: 1)
        let first = try await lab.queue().claim(limit: 10)
        #expect(first.map(\.number) == [1])
        let early = DeliveryLab.start.adding(seconds: 59)
        #expect(try await lab.queue(at: early, owner: "two").claim(limit: 10).isEmpty)
        let later = DeliveryLab.start.adding(seconds: 61)
        let second = try await lab.queue(at: later, owner: "two").claim(limit: 10)
        #expect(second.map(\.number) == [2])
        #expect(second.map(\.body) == first.map(\.body))
        // The first one's word counts no more, whatever it was.
        _ = try await lab.log(at: later).store([
            DeliveryLab.ended(first[0], .delivered(status: 200))
        ])
        #expect(try await lab.count("status = 'pending' AND lease_owner = 'two'") == 1)
        _ = try await lab.log(at: later).store([
            DeliveryLab.ended(second[0], .delivered(status: 200))
        ])
        #expect(try await lab.count("status = 'succeeded' AND attempts = 2") == 1)
        let outcomes = try await lab.owner.query(
            "SELECT outcome FROM webhook_attempt ORDER BY number"
        ).map { try $0.decode(String.self, at: 0) }
        #expect(outcomes == ["interrupted", "delivered"])
    }

    @Test(
        "Behind an open breaker one probe goes out, with the oldest event, although it is not due yet"
    )
    func probe() async throws {
        let lab = try await DeliveryLab.make()
        try await lab.add("A", 1, deliveries: 20) { $0.retrySeconds = [0, 3_600] }
        let all = try await lab.queue().claim(limit: 20)
        #expect(all.count == 20)
        _ = try await lab.log(at: DeliveryLab.start).store(
            all.map { DeliveryLab.ended($0, .answered(status: 500)) }
        )
        #expect(try await lab.queue().claim(limit: 20).isEmpty)
        // Long after the breaker's wait, long before the hour of the schedule.
        let later = DeliveryLab.start.adding(seconds: 15 * 60)
        let probes = try await lab.queue(at: later).claim(limit: 20)
        #expect(probes.map(\.id) == [all.map(\.id).min()])
        #expect(try await lab.queue(at: later, owner: "two").claim(limit: 20).isEmpty)
        _ = try await lab.log(at: later).store([
            DeliveryLab.ended(probes[0], .delivered(status: 200))
        ])
        #expect(try await lab.count("status = 'succeeded'") == 1)
        #expect(try await lab.count("status = 'pending' AND lease_token IS NULL") == 19)
    }

    @Test("The database refuses a second delivery of an event to an endpoint")
    func once() async throws {
        let lab = try await DeliveryLab.make()
        try await lab.add("A", 1, deliveries: 1)
        await #expect(throws: PostgresError.self) {
            try await lab.owner.execute(
                """
                INSERT INTO webhook_delivery (
                    merchant_id, id, endpoint_id, event_id, event_type, event_at, api_version,
                    stream, sequence, status, created_at
                )
                SELECT merchant_id, 'whd_another', endpoint_id, event_id, event_type, event_at,
                    api_version, stream, sequence, 'held', created_at
                FROM webhook_delivery
                """
            )
        }
        #expect(try await lab.count("true") == 1)
    }

    @Test("A merchant's clock that is moved wakes what waits for its moment, and nothing earlier")
    func merchantTime() async throws {
        let lab = try await DeliveryLab.make()
        try await lab.add("A", 1, deliveries: 1)
        let first = try await lab.queue().claim(limit: 10)
        _ = try await lab.log(at: DeliveryLab.start).store([
            DeliveryLab.ended(first[0], .answered(status: 500))
        ])
        #expect(try await lab.queue().claim(limit: 10).isEmpty)
        try await lab.owner.execute(
            """
            INSERT INTO merchant_clock (merchant_id, offset_microseconds)
            VALUES (\(DeliveryLab.merchant("A").rawValue), 7000000)
            """
        )
        // The trigger wakes by the database's clock, which is not this test's.
        try await lab.owner.execute("UPDATE webhook_target SET wake_at = '-infinity'")
        let second = try await lab.queue().claim(limit: 10)
        #expect(second.map(\.number) == [2])
        #expect(second.map(\.aheadMicroseconds) == [7_000_000])
    }
}
