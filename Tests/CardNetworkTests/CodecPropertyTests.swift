import TestKit
import Testing

@testable import CardNetwork

@Suite("For any message and any bytes, the codec")
struct CodecPropertyTests {
    @Test("reads what it writes", arguments: SeededGenerator.seeds(count: 4))
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let message = randomMessage(using: &generator)
            #expect(try WireMessage(decoding: try message.encoded()) == message)
        }
    }

    @Test(
        "takes damaged bytes for a message only when they spell one",
        arguments: SeededGenerator.seeds(count: 4)
    )
    func damaged(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var bytes = try randomMessage(using: &generator).encoded()
            damage(&bytes, using: &generator)
            // Every message has one spelling, so whatever is read must give the same bytes again.
            guard let message = try? WireMessage(decoding: bytes) else { continue }
            #expect(try message.encoded() == bytes)
        }
    }

    @Test("survives noise", arguments: SeededGenerator.seeds(count: 2))
    func noise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0..<400, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(throws: WireError.self) { try WireMessage(decoding: bytes) }
        }
    }

    private func randomMessage(using generator: inout SeededGenerator) -> WireMessage {
        let types = WireMessageType.allCases
        let type = types[Int.random(in: 0..<types.count, using: &generator)]
        var values: [WireField: String] = [:]
        for field in type.requiredFields { values[field] = randomValue(field, using: &generator) }
        for field in type.optionalFields where generator.chance(percent: 50) {
            values[field] = randomValue(field, using: &generator)
        }
        return WireMessage(type, values)
    }

    private func randomValue(
        _ field: WireField,
        using generator: inout SeededGenerator
    ) -> String {
        let (content, length) = field.format
        let count: Int
        switch length {
        case .fixed(let fixed): count = fixed
        case .variable(digits: _, let maximum):
            count = Int.random(in: 1...maximum, using: &generator)
        }
        let allowed = (UInt8(0x20)...0x7E).filter { content.allows($0) }
        let bytes = (0..<count).map { _ in
            allowed[Int.random(in: 0..<allowed.count, using: &generator)]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func damage(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: position)
        case 2: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &generator), at: position)
        case _: bytes.removeSubrange(position...)
        }
    }
}
