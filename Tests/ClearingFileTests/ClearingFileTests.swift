import ClearingFile
import Money
import TestKit
import Testing

@Suite("Clearing files")
struct ClearingFileTests {
    private static let acceptor = "ABCDEFGHIJKLMNO"
    private static let cutOff = Timestamp(secondsSinceEpoch: 1_795_541_400)

    private func currency() throws -> Currency { try Currency(numericCode: 356) }

    private func file(lines: Int, seed: UInt64 = 1) throws -> ClearingFile {
        var generator = SeededGenerator(seed: seed)
        let details = (0..<lines).map { index in
            let digits = String(index * 7 + 1, radix: 36, uppercase: true)
            return ClearingDetail(
                kind: Bool.random(using: &generator) ? .sale : .refund,
                reference: String(repeating: "0", count: 12 - digits.count) + digits,
                traceNumber: Int32.random(in: 1...999_999, using: &generator),
                amountMinorUnits: Int64.random(in: 1...999_999_999_999, using: &generator),
                interchangeMinorUnits: Int64.random(in: 0...99_999, using: &generator),
                rule: "IN-CR-01",
                transmissionTime: "1124153000",
                original: index % 2 == 0 ? "" : "000000000ABC"
            )
        }
        return ClearingFile(
            acceptor: Self.acceptor,
            currency: try currency(),
            cutOff: Self.cutOff,
            details: details
        )
    }

    private func read(_ bytes: [UInt8]) throws -> ClearingFile {
        try ClearingFile(
            parsing: bytes,
            acceptor: Self.acceptor,
            currency: try currency(),
            cutOff: Self.cutOff
        )
    }

    private func kinds(_ bytes: [UInt8]) throws -> [ClearingProblem] {
        do {
            _ = try read(bytes)
            return []
        } catch let refusal as ClearingRefusal {
            return refusal.problems
        }
    }

    private func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
    }

    @Test("What is written reads back the same, byte for byte", arguments: [0, 1, 2, 500])
    func roundTrip(count: Int) throws {
        let written = try file(lines: count, seed: UInt64(count))
        let bytes = written.serialized()
        #expect(try read(bytes) == written)
        #expect(try read(bytes).serialized() == bytes)
        #expect(bytes.count == (count + 2) * 105)
        #expect(ClearingFile.moment(ClearingFile.time(Self.cutOff)) == Self.cutOff)
    }

    @Test("A file that is cut anywhere is refused")
    func truncated() throws {
        let bytes = try file(lines: 3).serialized()
        for length in 0..<bytes.count {
            #expect(try !kinds(Array(bytes.prefix(length))).isEmpty)
        }
        let ends = lines(bytes)
        #expect(try kinds(Array(ends.dropLast().joined())).map(\.kind) == [.truncated])
    }

    @Test("Lines that are repeated, missing or in another order are named")
    func lineFaults() throws {
        let all = lines(try file(lines: 4).serialized())
        let repeated = all[0...2] + [all[2]] + all[3...]
        #expect(
            try kinds(Array(repeated.joined())).contains { $0.line == 4 && $0.kind == .repeated }
        )
        let swapped = [all[0], all[2], all[1]] + all[3...]
        #expect(try kinds(Array(swapped.joined())).map(\.kind) == [.outOfOrder, .outOfOrder])
        let missing = [all[0]] + all[2...]
        #expect(try kinds(Array(missing.joined())).contains { $0.kind == .doesNotAddUp })
        let doubled = all + all
        #expect(try kinds(Array(doubled.joined())).map(\.kind).allSatisfy { $0 == .afterTrailer })
    }

    @Test("Any digit that is changed shows", arguments: 1...40)
    func changedDigit(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var bytes = try file(lines: 5).serialized()
        // Rules, times and original references are no part of a total.
        let covered =
            Array(0..<38)
            + (1...5).flatMap { line in
                (0..<52).map { line * 105 + $0 }
            } + (0..<98).map { 6 * 105 + $0 }
        let place = try #require(covered.randomElement(using: &generator))
        let byte = bytes[place]
        bytes[place] = byte == UInt8(ascii: "7") ? UInt8(ascii: "3") : UInt8(ascii: "7")
        #expect(try !kinds(bytes).isEmpty, "place \(place)")
    }

    @Test("Another merchant's file, or another cut-off's, is refused")
    func wrongFile() throws {
        let bytes = try file(lines: 1).serialized()
        let inr = try currency()
        #expect(throws: ClearingRefusal.self) {
            try ClearingFile(
                parsing: bytes,
                acceptor: "other",
                currency: inr,
                cutOff: Self.cutOff
            )
        }
        #expect(throws: ClearingRefusal.self) {
            try ClearingFile(
                parsing: bytes,
                acceptor: Self.acceptor,
                currency: inr,
                cutOff: Self.cutOff.adding(seconds: 1)
            )
        }
    }

    @Test("A file without end is reported with a limit")
    func manyProblems() throws {
        let garbage = [UInt8](repeating: UInt8(ascii: "\n"), count: 10_000)
        #expect(try kinds(garbage).count == ClearingRefusal.maximumProblems)
    }
}
