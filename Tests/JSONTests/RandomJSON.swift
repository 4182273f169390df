import JSON
import TestKit

extension JSON {
    /// A random value whose strings and numbers stand near the edges of what JSON can say.
    static func random(depth: Int, using generator: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .integer(edgeNumbers.randomElement(using: &generator) ?? 0)
        case 3: .integer(.random(in: .min ... .max, using: &generator))
        case 4: .string(randomText(using: &generator))
        case 5:
            .array(
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                    random(depth: depth - 1, using: &generator)
                }
            )
        case _: randomObject(depth: depth - 1, using: &generator)
        }
    }

    private static func randomObject(
        depth: Int,
        using generator: inout SeededGenerator
    ) -> JSON {
        // Now and then so many members that duplicates are looked for by hash.
        let count = Int.random(in: 0...(generator.chance(percent: 5) ? 90 : 6), using: &generator)
        var keys: Set<String> = []
        var members: [Member] = []
        while members.count < count {
            let key = randomText(using: &generator) + String(members.count)
            guard keys.insert(key).inserted else { continue }
            members.append(Member(key: key, value: random(depth: depth, using: &generator)))
        }
        return .object(members)
    }

    static func randomText(using generator: inout SeededGenerator) -> String {
        let length = Int.random(in: 0...20, using: &generator)
        return String(
            String.UnicodeScalarView(
                (0..<length).map { _ in
                    let plain = Unicode.Scalar(UInt8.random(in: 0x20...0x7E, using: &generator))
                    if generator.chance(percent: 60) { return plain }
                    return edgeScalars.randomElement(using: &generator) ?? plain
                }
            )
        )
    }

    private static let edgeNumbers: [Int64] = [
        0, 1, -1, 9, 10, -10, 99_999_999, .max, .max - 1, .min, .min + 1,
    ]

    /// Control characters, what must be escaped, and the first and last scalar of each UTF-8 length.
    private static let edgeScalars: [Unicode.Scalar] =
        (0..<0x20).compactMap { Unicode.Scalar($0 as UInt32) } + [
            "\"", "\\", "/", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{2028}", "\u{D7FF}",
            "\u{E000}", "\u{FEFF}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}", "é", "e", "\u{301}", "₹",
            "{", "}", "[", "]", ",", ":",
        ]
}
