/// One line of Swift source taken apart: code, what is inside text literals, and the comment.
///
/// What an interpolation holds counts as text. Block comments are not known: the formatter forbids
/// them.
struct SourceLine: Sendable, Equatable {
    let number: Int
    var code = ""
    var literal = ""
    var comment = ""

    /// Takes a whole file apart.
    static func split(_ source: String) -> [SourceLine] {
        var scanner = Scanner()
        return source.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
            .map { scanner.scan(Array($1.utf8), number: $0 + 1) }
    }

    /// What has to be remembered from one line to the next: a text literal over several lines.
    private struct Scanner {
        private static let quote = UInt8(ascii: "\"")
        private static let hash = UInt8(ascii: "#")
        private static let backslash = UInt8(ascii: "\\")
        private static let slash = UInt8(ascii: "/")

        /// How the literal that is open now will end.
        var closing: [UInt8]?
        var isMultiline = false

        mutating func scan(_ bytes: [UInt8], number: Int) -> SourceLine {
            var code: [UInt8] = []
            var literal: [UInt8] = []
            var comment: ArraySlice<UInt8> = []
            var index = 0
            while index < bytes.count {
                if let closing {
                    if Self.matches(closing, bytes, index) {
                        self.closing = nil
                        isMultiline = false
                        code.append(Self.quote)
                        literal.append(UInt8(ascii: " "))
                        index += closing.count
                    } else {
                        // In a raw literal a backslash is an ordinary character.
                        let isEscape =
                            bytes[index] == Self.backslash && closing.last != Self.hash
                        let end = min(bytes.count, index + (isEscape ? 2 : 1))
                        literal += bytes[index..<end]
                        index = end
                    }
                } else if Self.matches([Self.slash, Self.slash], bytes, index) {
                    comment = bytes[index...]
                    break
                } else if let length = open(bytes, index) {
                    code.append(Self.quote)
                    index += length
                } else {
                    code.append(bytes[index])
                    index += 1
                }
            }
            if !isMultiline { closing = nil }
            return SourceLine(
                number: number,
                code: String(decoding: code, as: UTF8.self),
                literal: String(decoding: literal, as: UTF8.self),
                comment: String(decoding: comment, as: UTF8.self)
            )
        }

        private static func matches(_ expected: [UInt8], _ bytes: [UInt8], _ start: Int) -> Bool {
            guard bytes.count - start >= expected.count else { return false }
            for offset in expected.indices where bytes[start + offset] != expected[offset] {
                return false
            }
            return true
        }

        /// The length of the literal's beginning, if one begins here.
        private mutating func open(_ bytes: [UInt8], _ start: Int) -> Int? {
            guard bytes[start] == Self.quote || bytes[start] == Self.hash else { return nil }
            var index = start
            while index < bytes.count, bytes[index] == Self.hash { index += 1 }
            let hashes = index - start
            while index < bytes.count, bytes[index] == Self.quote { index += 1 }
            let quotes = index - start - hashes
            guard quotes > 0 else { return nil }
            isMultiline = quotes >= 3
            let marks = isMultiline ? 3 : 1
            closing =
                Array(repeating: Self.quote, count: marks)
                + Array(repeating: Self.hash, count: hashes)
            return hashes + marks
        }
    }
}
