import JSON
import Testing

@Suite("Reading JSON")
struct ParserTests {
    @Test("what JSON allows is read", arguments: accepted)
    func accepts(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
        #expect(try JSON(parsing: Array(text.utf8)) == value)
    }

    @Test("what JSON or we forbid is refused with its place", arguments: refused)
    func refuses(text: String, problem: JSONError.Problem, offset: Int) {
        #expect(throws: JSONError.malformed(problem, offset: offset)) {
            try JSON(parsing: text)
        }
    }

    @Test("bytes that are not UTF-8 are refused", arguments: notUTF8)
    func refusesOtherEncodings(bytes: [UInt8]) {
        let quoted = Array("\"".utf8) + bytes + Array("\"".utf8)
        #expect(throws: JSONError.malformed(.invalidUTF8, offset: 1)) {
            try JSON(parsing: quoted)
        }
        // The same behind an escape, where the text goes through a buffer.
        let escaped = Array("\"\\n".utf8) + bytes + Array("\"".utf8)
        #expect(throws: JSONError.malformed(.invalidUTF8, offset: 1)) {
            try JSON(parsing: escaped)
        }
    }

    @Test("nesting is read up to the limit and refused beyond it")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(try JSON(parsing: nested(64)).asArray?.count == 1)
        #expect(throws: JSONError.tooDeep(limit: 64)) { try JSON(parsing: nested(65)) }
        // Far beyond the limit: refused before the stack is at risk.
        #expect(throws: JSONError.tooDeep(limit: 64)) { try JSON(parsing: nested(1_000_000)) }
        let siblings = "[" + (0..<100).map { _ in "{}" }.joined(separator: ",") + "]"
        #expect(try JSON(parsing: siblings).asArray?.count == 100)
    }

    @Test("a text is read up to the size limit and refused beyond it")
    func size() throws {
        let limits = JSON.Limits(maximumBytes: 5)
        #expect(try JSON(parsing: "\"abc\"", limits: limits) == "abc")
        #expect(throws: JSONError.tooLarge(limitBytes: 5)) {
            try JSON(parsing: "\"abcd\"", limits: limits)
        }
    }

    @Test("a key that stands twice is refused, however many members there are")
    func duplicateKeys() throws {
        for count in [1, 2, 63, 64, 65, 200] {
            let members = (0..<count).map { "\"key\($0)\":\($0)" }
            let unique = "{" + members.joined(separator: ",") + "}"
            #expect(try JSON(parsing: unique).asObject?.count == count)
            for repeated in [0, count - 1] {
                let doubled = unique.dropLast() + ",\"key\(repeated)\":null}"
                let offset = unique.utf8.count
                #expect(throws: JSONError.malformed(.duplicateKey, offset: offset)) {
                    try JSON(parsing: String(doubled))
                }
            }
        }
        #expect(throws: JSONError.malformed(.duplicateKey, offset: 7)) {
            try JSON(parsing: #"{"a":1,"\u0061":2}"#)
        }
    }

    @Test("a refusal never repeats what it refuses")
    func errorsCarryNoData() {
        let texts = [
            #"{"number":4242424242424242.5}"#, #"{"secret":1,"secret":2}"#, "\"secret\n\"",
        ]
        for text in texts {
            do {
                let value = try JSON(parsing: text)
                Issue.record("\(value) was read")
            } catch {
                #expect(!"\(error)".contains("secret"))
                #expect(!"\(error)".contains("4242"))
            }
        }
    }

    private static let accepted: [(String, JSON)] = [
        ("null", .null), ("true", true), ("false", false), (" \t\r\n1 \n", 1), ("-0", 0),
        ("0", 0), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("\"\"", ""), ("[]", []), ("{}", [:]),
        ("[ ]", []), ("{ }", [:]), ("[1,[2,[]],{}]", [1, [2, []], [:]]),
        (#"{"b":1,"a":{"":null}}"#, ["b": 1, "a": ["": nil]]),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0000\u001F\u007f\u20B9""#, "\u{0}\u{1F}\u{7F}₹"),
        (#""\uD83D\uDE00\ud83d\ude00""#, "😀😀"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
        (#""\uFFFF\uD7FF\uE000""#, "\u{FFFF}\u{D7FF}\u{E000}"), ("\"é₹😀\u{7F}\"", "é₹😀\u{7F}"),
    ]

    private static let refused: [(String, JSONError.Problem, Int)] = [
        ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("\u{FEFF}1", .unexpectedByte, 0),
        ("nul", .unexpectedEnd, 3), ("nulL", .unexpectedByte, 3), ("True", .unexpectedByte, 0),
        ("1 2", .trailingBytes, 2), ("{}{}", .trailingBytes, 2), ("1,", .trailingBytes, 1),
        ("\"a\"\u{0}", .trailingBytes, 3), ("01", .invalidNumber, 0), ("-", .invalidNumber, 0),
        ("-01", .invalidNumber, 0), ("-a", .invalidNumber, 0), ("+1", .unexpectedByte, 0),
        (".5", .unexpectedByte, 0), ("1.0", .numberNotWhole, 0), ("[1e3]", .numberNotWhole, 1),
        ("1E3", .numberNotWhole, 0), ("0.5", .numberNotWhole, 0), ("NaN", .unexpectedByte, 0),
        ("9223372036854775808", .numberOutOfRange, 0),
        ("-9223372036854775809", .numberOutOfRange, 0),
        ("18446744073709551617", .numberOutOfRange, 0),
        ("99999999999999999999999999999", .numberOutOfRange, 0), ("0x10", .trailingBytes, 1),
        ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3),
        ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3),
        ("[1}", .unexpectedByte, 2), ("]", .unexpectedByte, 0), ("{", .unexpectedEnd, 1),
        ("{\"a\"", .unexpectedEnd, 4), ("{\"a\":", .unexpectedEnd, 5),
        ("{\"a\":1", .unexpectedEnd, 6), ("{\"a\":1,}", .unexpectedByte, 7),
        ("{\"a\" 1}", .unexpectedByte, 5), ("{a:1}", .unexpectedByte, 1),
        ("{1:1}", .unexpectedByte, 1), ("{'a':1}", .unexpectedByte, 1),
        ("{\"a\":1]", .unexpectedByte, 6), ("// no\n1", .unexpectedByte, 0),
        ("\"", .unexpectedEnd, 1), ("\"abc", .unexpectedEnd, 4), ("\"\\", .unexpectedEnd, 2),
        ("\"\\\"", .unexpectedEnd, 3), ("\"a\nb\"", .controlCharacter, 2),
        ("\"\u{0}\"", .controlCharacter, 1), ("\"\\n\u{1F}\"", .controlCharacter, 3),
        (#""\x""#, .invalidEscape, 1), (#""\u12""#, .invalidEscape, 1),
        (#""\u12G4""#, .invalidEscape, 1), (#""\U0041""#, .invalidEscape, 1),
        (#""\uD83D""#, .unpairedSurrogate, 1), (#""\uDE00""#, .unpairedSurrogate, 1),
        (#""\uD83Dx""#, .unpairedSurrogate, 1), (#""\uD83D\n""#, .unpairedSurrogate, 1),
        (#""\uD83D\uD83D""#, .unpairedSurrogate, 1), (#""a\uDE00\uD83D""#, .unpairedSurrogate, 2),
        (#""\uD83D\u12""#, .invalidEscape, 7),
    ]

    /// A lone continuation, overlong forms, a surrogate, beyond Unicode, cut off, Latin-1.
    private static let notUTF8: [[UInt8]] = [
        [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xF0, 0x80, 0x80, 0xAF], [0xED, 0xA0, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0xFF], [0xFE], [0xE9],
    ]
}
