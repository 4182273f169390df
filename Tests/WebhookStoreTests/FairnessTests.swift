import Money
import Payments
import Testing
import WebhookStore
import Webhooks

@Suite("Claims are fair")
struct FairnessTests {
    @Test("An endpoint has no more in flight than its cap, and another gets its own beside it")
    func cap() async throws {
        let lab = try await DeliveryLab.make()
        try await lab.add("A", 1, deliveries: 100)
        try await lab.add("A", 2, deliveries: 5)
        let claimed = try await lab.queue().claim(limit: 256)
        let counts = Dictionary(grouping: claimed, by: \.target.endpoint.id).mapValues(\.count)
        #expect(counts[DeliveryLab.endpoint("A", 1)] == Int(EndpointHealth.initialInFlight))
        #expect(counts[DeliveryLab.endpoint("A", 2)] == 5)
        // Whoever asks: the cap is the endpoint's, not the process's.
        #expect(try await lab.queue(owner: "two").claim(limit: 256).isEmpty)
        _ = try await lab.log(at: DeliveryLab.start).store([
            DeliveryLab.ended(claimed[0], .delivered(status: 200))
        ])
        // One place came back, and one was earned.
        #expect(try await lab.queue(owner: "two").claim(limit: 256).count == 2)
    }

    @Test(
        "Deliveries that get stuck leave their endpoint one place, and its neighbours all of theirs"
    )
    func stuck() async throws {
        let lab = try await DeliveryLab.make()
        try await lab.add("A", 1, deliveries: 100)
        let first = try await lab.queue().claim(limit: 6)
        _ = try await lab.log(at: DeliveryLab.start).store(
            first.map { DeliveryLab.ended($0, .timedOut(.firstByte)) }
        )
        try await lab.add("A", 2, deliveries: 100)
        let claimed = try await lab.queue().claim(limit: 256)
        let counts = Dictionary(grouping: claimed, by: \.target.endpoint.id).mapValues(\.count)
        #expect(counts[DeliveryLab.endpoint("A", 1)] == 1)
        #expect(counts[DeliveryLab.endpoint("A", 2)] == Int(EndpointHealth.initialInFlight))
    }

    @Test("Merchants take turns, however many endpoints one of them has")
    func turns() async throws {
        let lab = try await DeliveryLab.make()
        for number in 1...8 { try await lab.add("A", number, deliveries: 50) }
        try await lab.add("B", 1, deliveries: 50)
        // The share of an endpoint is what it would be if all were served alike.
        let claimed = try await lab.queue().claim(limit: 18)
        let merchants = Dictionary(grouping: claimed, by: \.target.endpoint.merchantID)
            .mapValues(\.count)
        #expect(merchants[DeliveryLab.merchant("B")] == 2)
        #expect(merchants[DeliveryLab.merchant("A")] == 16)
    }

    @Test("With room for one at a time everybody is served in turn")
    func oneByOne() async throws {
        let lab = try await DeliveryLab.make()
        for number in 1...3 { try await lab.add("A", number, deliveries: 50) }
        try await lab.add("B", 1, deliveries: 50)
        var served: [String] = []
        for round in 0..<8 {
            let now = DeliveryLab.start.adding(seconds: Int64(round))
            let claimed = try await lab.queue(at: now).claim(limit: 1)
            served += claimed.map { String($0.target.endpoint.merchantID.rawValue.suffix(1)) }
        }
        #expect(served.count == 8)
        // Four endpoints, two turns of each.
        #expect(served.sorted() == ["A", "A", "A", "A", "A", "A", "B", "B"])
    }

    @Test("Where order is kept, one delivery of an object is under way at a time, the oldest first")
    func order() async throws {
        let lab = try await DeliveryLab.make()
        try await lab.add("A", 1, deliveries: 10) { $0.isOrdered = true }
        for number in 1...10 {
            let claimed = try await lab.queue().claim(limit: 256)
            try #require(claimed.count == 1)
            #expect(String(decoding: claimed[0].body, as: UTF8.self).hasSuffix("\(number)"))
            _ = try await lab.log(at: DeliveryLab.start).store([
                DeliveryLab.ended(claimed[0], .delivered(status: 200))
            ])
        }
        #expect(try await lab.count("status = 'succeeded'") == 10)
    }
}
