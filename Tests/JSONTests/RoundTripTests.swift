import Foundation
import JSON
import TestKit
import Testing

@Suite("JSON values survive writing and reading")
struct RoundTripTests {
    @Test("a random value is read back from both of its forms", arguments: seeds)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let value = JSON.random(depth: 5, using: &generator)
            let compact = value.serialized()
            let pretty = value.prettyPrinted()
            #expect(try JSON(parsing: compact) == value)
            #expect(try JSON(parsing: compact).serialized() == compact)
            #expect(try JSON(parsing: pretty) == value)
            #expect(JSON.prettyPrint(compact: compact) == pretty)
            #expect(JSON.prettyPrint(compact: pretty) == pretty)
        }
    }

    @Test("the byte scanner lays a value out as a recursive printer would", arguments: seeds)
    func prettyPrintedTwin(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let value = JSON.random(depth: 4, using: &generator)
            let expected = recursivelyPrinted(value, indentation: "")
            #expect(String(decoding: value.prettyPrinted(), as: UTF8.self) == expected)
        }
    }

    @Test("another reader finds the same strings and numbers", arguments: seeds)
    func foundationAgrees(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let texts = (0..<5).map { _ in JSON.randomText(using: &generator) }
            let number = Int64.random(in: .min ... .max, using: &generator)
            let bytes = JSON.object([
                JSON.Member(key: "texts", value: .array(texts.map { .string($0) })),
                JSON.Member(key: "number", value: .integer(number)),
            ]).serialized()
            struct Twin: Decodable {
                let texts: [String]
                let number: Int64
            }
            let twin = try JSONDecoder().decode(Twin.self, from: Data(bytes))
            #expect(twin.texts.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
            #expect(twin.number == number)
        }
    }

    @Test("damaged bytes are refused or read, never a trap", arguments: seeds)
    func damage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var bytes = JSON.random(depth: 4, using: &generator).serialized()
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                case _: bytes.removeSubrange(place...)
                }
            }
            _ = JSON.prettyPrint(compact: bytes)
            if let value = try? JSON(parsing: bytes) {
                #expect(try JSON(parsing: value.serialized()) == value)
            }
        }
    }

    private static var seeds: [UInt64] { SeededGenerator.seeds(count: 2, kept: [0]) }

    /// The layout as one would write it down first: strings and recursion.
    private func recursivelyPrinted(_ value: JSON, indentation: String) -> String {
        let inner = indentation + "  "
        switch value {
        case .null, .bool, .integer, .string:
            return String(decoding: value.serialized(), as: UTF8.self)
        case .array(let elements):
            if elements.isEmpty { return "[]" }
            let lines = elements.map { inner + recursivelyPrinted($0, indentation: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n" + indentation + "]"
        case .object(let members):
            if members.isEmpty { return "{}" }
            let lines = members.map {
                inner + String(decoding: JSON.string($0.key).serialized(), as: UTF8.self) + ": "
                    + recursivelyPrinted($0.value, indentation: inner)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + indentation + "}"
        }
    }
}
