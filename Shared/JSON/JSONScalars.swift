extension JSONParser {
    /// Reads a whole number; the index stands on its first byte.
    mutating func parseNumber() throws(JSONError) -> Int64 {
        let start = index
        let isNegative = bytes[index] == Token.minus
        if isNegative { index += 1 }
        let digitsStart = index
        var magnitude: UInt64 = 0
        var overflows = false
        while index < bytes.count {
            let digit = bytes[index] &- Token.zero
            guard digit <= 9 else { break }
            let (product, tooLarge) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(UInt64(digit))
            overflows = overflows || tooLarge || carries
            magnitude = sum
            index += 1
        }
        let digitCount = index - digitsStart
        guard digitCount > 0, digitCount == 1 || bytes[digitsStart] != Token.zero else {
            throw .malformed(.invalidNumber, offset: start)
        }
        if index < bytes.count, bytes[index] == Token.point || bytes[index] | 0x20 == Token.exponent
        {
            throw .malformed(.numberNotWhole, offset: start)
        }
        let limit = Int64.max.magnitude + (isNegative ? 1 : 0)
        guard !overflows, magnitude <= limit else {
            throw .malformed(.numberOutOfRange, offset: start)
        }
        let pattern = Int64(truncatingIfNeeded: magnitude)
        return isNegative ? 0 &- pattern : pattern
    }

    /// Reads a string; the index stands behind the opening quote.
    mutating func parseString() throws(JSONError) -> String {
        let start = index
        var allBits: UInt8 = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == Token.quote {
                let run = UnsafeBufferPointer(rebasing: bytes[start..<index])
                index += 1
                // ASCII needs no check; the checking initializer is generic and costs twice as much.
                if allBits < 0x80 { return String(decoding: run, as: UTF8.self) }
                guard let text = String(validating: run, as: UTF8.self) else {
                    throw .malformed(.invalidUTF8, offset: start)
                }
                return text
            }
            if byte == Token.backslash { return try parseEscapedString(from: start) }
            guard byte >= 0x20 else { throw problem(.controlCharacter) }
            allBits |= byte
            index += 1
        }
        throw problem(.unexpectedEnd)
    }

    /// Reads on from the first backslash, into a buffer.
    private mutating func parseEscapedString(from start: Int) throws(JSONError) -> String {
        var buffer = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case Token.quote:
                index += 1
                guard let text = String(validating: buffer, as: UTF8.self) else {
                    throw .malformed(.invalidUTF8, offset: start)
                }
                return text
            case Token.backslash: try parseEscape(into: &buffer)
            case 0..<0x20: throw problem(.controlCharacter)
            case _:
                buffer.append(byte)
                index += 1
            }
        }
        throw problem(.unexpectedEnd)
    }

    private mutating func parseEscape(into buffer: inout [UInt8]) throws(JSONError) {
        guard index + 1 < bytes.count else {
            index = bytes.count
            throw problem(.unexpectedEnd)
        }
        switch bytes[index + 1] {
        case Token.quote: buffer.append(Token.quote)
        case Token.backslash: buffer.append(Token.backslash)
        case UInt8(ascii: "/"): buffer.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"):
            buffer.append(contentsOf: UTF8.encode(try parseUnicodeEscape()) ?? Self.replacement)
            return
        case _: throw problem(.invalidEscape)
        }
        index += 2
    }

    /// Reads `\uXXXX`, or two of them that make a surrogate pair.
    private mutating func parseUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = index
        let first = try parseHexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, index + 1 < bytes.count, bytes[index] == Token.backslash,
            bytes[index + 1] == UInt8(ascii: "u")
        else { throw .malformed(.unpairedSurrogate, offset: start) }
        let second = try parseHexadecimal()
        guard (0xDC00...0xDFFF).contains(second) else {
            throw .malformed(.unpairedSurrogate, offset: start)
        }
        let combined = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        guard let scalar = Unicode.Scalar(combined) else {
            throw .malformed(.unpairedSurrogate, offset: start)
        }
        return scalar
    }

    /// Reads the four digits behind `\u` and steps behind them.
    private mutating func parseHexadecimal() throws(JSONError) -> UInt16 {
        guard index + 6 <= bytes.count else { throw problem(.invalidEscape) }
        var value: UInt16 = 0
        for digit in bytes[(index + 2)..<(index + 6)] {
            let nibble: UInt8 =
                switch digit {
                case 0x30...0x39: digit - 0x30
                case 0x41...0x46: digit - 0x41 + 10
                case 0x61...0x66: digit - 0x61 + 10
                case _: throw problem(.invalidEscape)
                }
            value = value << 4 | UInt16(nibble)
        }
        index += 6
        return value
    }

    /// U+FFFD; never needed, because every scalar has a UTF-8 form.
    private static let replacement = UTF8.encodedReplacementCharacter
}
