extension JSON {
    /// The value as UTF-8 for people: two spaces a level, `"key": value`, `{}` and `[]` when empty.
    public func prettyPrinted() -> [UInt8] { Self.prettyPrint(compact: serialized()) }

    /// Lays compact JSON out for people without parsing it.
    ///
    /// One pass over the bytes: outside strings it adds line breaks and indentation and drops
    /// white space; strings pass through untouched. The input must be JSON; bytes that are not give
    /// some layout of the same bytes and never a trap.
    public static func prettyPrint(compact: [UInt8]) -> [UInt8] {
        var printer = PrettyPrinter(capacity: compact.count + compact.count / 2)
        compact.withUnsafeBufferPointer { printer.print($0) }
        return printer.output
    }
}

/// Indents JSON byte by byte.
private struct PrettyPrinter {
    private(set) var output: [UInt8] = []
    private var depth = 0
    /// An opening bracket was written, and whether something is inside is not known yet.
    private var isAfterOpening = false

    init(capacity: Int) { output.reserveCapacity(capacity) }

    mutating func print(_ bytes: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case Token.openBrace, Token.openBracket:
                startContent()
                output.append(byte)
                depth += 1
                isAfterOpening = true
                index += 1
            case Token.closeBrace, Token.closeBracket:
                depth = max(0, depth - 1)
                if isAfterOpening { isAfterOpening = false } else { breakLine() }
                output.append(byte)
                index += 1
            case Token.comma:
                output.append(byte)
                breakLine()
                index += 1
            case Token.colon:
                output.append(byte)
                output.append(Token.space)
                index += 1
            case Token.quote:
                startContent()
                let end = Self.endOfString(bytes, from: index)
                output.append(contentsOf: bytes[index..<end])
                index = end
            case _:
                if !Token.isWhitespace(byte) {
                    startContent()
                    output.append(byte)
                }
                index += 1
            }
        }
    }

    private mutating func startContent() {
        guard isAfterOpening else { return }
        isAfterOpening = false
        breakLine()
    }

    private mutating func breakLine() {
        output.append(Token.lineFeed)
        output.append(contentsOf: repeatElement(Token.space, count: depth * 2))
    }

    /// The index behind the closing quote of the string that opens at `start`.
    private static func endOfString(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start + 1
        while index < bytes.count {
            switch bytes[index] {
            case Token.quote: return index + 1
            case Token.backslash: index += 2
            case _: index += 1
            }
        }
        return bytes.count
    }
}
