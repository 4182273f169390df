extension JSON {
    /// The value as compact UTF-8: no spaces, members in their order.
    ///
    /// The bytes depend on the value alone, so they may be stored, signed and compared.
    public func serialized() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        serialize(into: &bytes)
        return bytes
    }

    /// Appends the compact form to a buffer.
    public func serialize(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: Token.null)
        case .bool(true): bytes.append(contentsOf: Token.true)
        case .bool(false): bytes.append(contentsOf: Token.false)
        case .integer(let number): Self.append(number, to: &bytes)
        case .string(let text): Self.append(text, to: &bytes)
        case .array(let elements):
            bytes.append(Token.openBracket)
            var isFirst = true
            for element in elements {
                if !isFirst { bytes.append(Token.comma) }
                isFirst = false
                element.serialize(into: &bytes)
            }
            bytes.append(Token.closeBracket)
        case .object(let members):
            bytes.append(Token.openBrace)
            var isFirst = true
            for member in members {
                if !isFirst { bytes.append(Token.comma) }
                isFirst = false
                Self.append(member.key, to: &bytes)
                bytes.append(Token.colon)
                member.value.serialize(into: &bytes)
            }
            bytes.append(Token.closeBrace)
        }
    }

    /// Writes a whole number in decimal digits.
    static func append(_ number: Int64, to bytes: inout [UInt8]) {
        var rest = number.magnitude
        if number < 0 { bytes.append(Token.minus) }
        if rest < 10 {
            bytes.append(Token.zero + UInt8(rest))
            return
        }
        let start = bytes.count
        while rest > 0 {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
            bytes.append(Token.zero + UInt8(remainder))
            rest = quotient
        }
        bytes[start...].reverse()
    }

    /// Writes a string with its quotes, escaping what JSON demands and nothing else.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(Token.quote)
        var text = text
        text.withUTF8 { utf8 in
            var runStart = 0
            for index in 0..<utf8.count {
                let byte = utf8[index]
                if byte >= 0x20, byte != Token.quote, byte != Token.backslash { continue }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[runStart..<index]))
                appendEscape(of: byte, to: &bytes)
                runStart = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[runStart...]))
        }
        bytes.append(Token.quote)
    }

    private static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(Token.backslash)
        switch byte {
        case Token.quote, Token.backslash: bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case _:
            bytes.append(contentsOf: Token.unicodeEscapePrefix)
            bytes.append(Token.hexadecimal[Int(byte >> 4)])
            bytes.append(Token.hexadecimal[Int(byte & 0x0F)])
        }
    }
}

/// The bytes of JSON's grammar.
enum Token {
    static var quote: UInt8 { UInt8(ascii: "\"") }
    static var backslash: UInt8 { UInt8(ascii: "\\") }
    static var comma: UInt8 { UInt8(ascii: ",") }
    static var colon: UInt8 { UInt8(ascii: ":") }
    static var openBrace: UInt8 { UInt8(ascii: "{") }
    static var closeBrace: UInt8 { UInt8(ascii: "}") }
    static var openBracket: UInt8 { UInt8(ascii: "[") }
    static var closeBracket: UInt8 { UInt8(ascii: "]") }
    static var minus: UInt8 { UInt8(ascii: "-") }
    static var point: UInt8 { UInt8(ascii: ".") }
    static var exponent: UInt8 { UInt8(ascii: "e") }
    static var zero: UInt8 { UInt8(ascii: "0") }
    static var nine: UInt8 { UInt8(ascii: "9") }
    static var space: UInt8 { UInt8(ascii: " ") }
    static var lineFeed: UInt8 { UInt8(ascii: "\n") }
    static let null = Array("null".utf8)
    static let `true` = Array("true".utf8)
    static let `false` = Array("false".utf8)
    static let unicodeEscapePrefix = Array("u00".utf8)
    static let hexadecimal = Array("0123456789abcdef".utf8)

    /// Space, tab, line feed or carriage return.
    static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
