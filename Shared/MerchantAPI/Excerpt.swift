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

    /// A path, each of its parts as ``safe(_:)`` shows it.
    static func path(_ path: String) -> String {
        let parts = path.prefix(maximumLength).split(
            separator: "/",
            omittingEmptySubsequences: false
        )
        return parts.map { safe(String($0)) }.joined(separator: "/")
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

    /// Our identifiers are a short word and 24 to 32 letters and digits, however many of each; a
    /// card number has at most 19.
    private static func looksLikeIdentifier(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "_"), maxSplits: 1)
        guard parts.count == 2, (1...6).contains(parts[0].count) else { return false }
        return (24...32).contains(parts[1].count) && parts[1].allSatisfy { isLetterOrDigit($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
