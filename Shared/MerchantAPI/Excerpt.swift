/// Quotes what a caller sent, for messages, without quoting what must not be seen.
enum Excerpt {
    /// The most characters that a message quotes.
    static let maximumLength = 128
    /// From this many digits in one value on, it may be a card number.
    static let cardDigits = 12

    /// A value as it may stand in a message: short, printable, and never a card number.
    static func safe(_ text: String) -> String {
        guard text.utf8.count(where: { isDigit($0) }) < cardDigits || looksLikeIdentifier(text)
        else { return "[hidden]" }
        let printable = text.unicodeScalars.prefix(maximumLength).map { scalar in
            scalar.value < 0x20 || scalar.value == 0x7F ? "?" : String(scalar)
        }
        return printable.joined()
    }

    /// A key with its middle hidden: `sk_test_***abcd`.
    static func key(_ key: String) -> String {
        let prefixes = ["sk_test_", "pk_test_", "rk_test_", "sk_live_", "pk_live_", "rk_live_"]
        let prefix = prefixes.first { key.hasPrefix($0) } ?? ""
        let rest = key.dropFirst(prefix.count)
        guard rest.count > 8, rest.utf8.suffix(4).allSatisfy({ isLetterOrDigit($0) }) else {
            return prefix + "***"
        }
        return prefix + "***" + rest.suffix(4)
    }

    /// Our identifiers may hold many digits, but never that many in a row.
    private static func looksLikeIdentifier(_ text: String) -> Bool {
        var run = 0
        for byte in text.utf8 {
            if isDigit(byte) {
                run += 1
                if run >= cardDigits { return false }
            } else if isLetterOrDigit(byte) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "/")
            {
                run = 0
            } else if byte != UInt8(ascii: "-"), byte != UInt8(ascii: " ") {
                run = 0
            }
        }
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
