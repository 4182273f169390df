/// Removes what must never be written: card numbers, API keys, client secrets and passwords.
///
/// Callers must not log such values in the first place. This is the net below them, so it prefers
/// to hide too much.
public enum Redaction {
    /// The number of digits a card number may have (ISO/IEC 7812).
    private static let cardNumberDigits = 12...19

    /// Beginnings of secrets; what follows them is removed.
    private static let secretPrefixes: [StaticString] = [
        "sk_test_", "sk_live_", "rk_test_", "rk_live_", "whsec_", "_secret_", "Bearer ", "Basic ",
    ]

    /// Names of fields whose values are never written.
    private static let hiddenNames: Set<String> = [
        "authorization", "card_number", "cardnumber", "client_secret", "cookie", "cvc", "cvv",
        "database_url", "number", "pan", "password", "secret", "secret_key", "security_code",
        "track1", "track2",
    ]

    /// The text without anything that looks like a card number, a key, or a password in an address.
    public static func redact(_ text: String) -> String {
        var bytes = Array(text.utf8)
        let found = findings(in: bytes)
        guard !found.isEmpty else { return text }
        for finding in found.reversed() {
            bytes.replaceSubrange(finding.range, with: Array(finding.replacement.utf8))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a field of this name may be written at all.
    public static func hidesField(named name: String) -> Bool {
        let lowered = name.lowercased()
        if hiddenNames.contains(lowered) { return true }
        // Form names such as `card[number]` and paths such as `card.cvc` end in the field's name.
        let last = lowered.split { !($0.isLetter || $0.isNumber || $0 == "_") }.last
        return last.map { hiddenNames.contains(String($0)) } ?? false
    }

    /// Whether the text holds something that ``redact(_:)`` would remove.
    public static func isSensitive(_ text: String) -> Bool {
        !findings(in: Array(text.utf8)).isEmpty
    }

    // MARK: - Searching

    private struct Finding {
        var range: Range<Int>
        var replacement: String
    }

    private static func findings(in bytes: [UInt8]) -> [Finding] {
        var found: [Finding] = []
        var index = 0
        while index < bytes.count {
            let finding =
                digitRun(in: bytes, at: index) ?? secret(in: bytes, at: index)
                ?? addressPassword(in: bytes, at: index)
            if let finding {
                found.append(finding)
                index = finding.range.upperBound
            } else {
                index += 1
            }
        }
        return found
    }

    /// A card number that starts here, its digits in groups or not.
    ///
    /// A run of more than nineteen digits may hold a card number anywhere (a garbled network
    /// message does), so it is hidden as a whole.
    private static func digitRun(in bytes: [UInt8], at start: Int) -> Finding? {
        guard isDigit(bytes[start]), start == 0 || !isDigit(bytes[start - 1]) else { return nil }
        var digits: [UInt8] = []
        var end = start
        var index = start
        while index < bytes.count {
            if isDigit(bytes[index]) {
                digits.append(bytes[index] - UInt8(ascii: "0"))
                index += 1
                end = index
            } else if isSeparator(bytes[index]), index + 1 < bytes.count, isDigit(bytes[index + 1])
            {
                index += 1
            } else {
                break
            }
        }
        if digits.count > cardNumberDigits.upperBound {
            return Finding(range: start..<end, replacement: "[digits]")
        }
        guard cardNumberDigits.contains(digits.count), isCardNumber(digits) else { return nil }
        return Finding(range: start..<end, replacement: "[card number]")
    }

    /// Issuers' numbers begin with 2 to 6 or 8, and end in a Luhn check digit.
    private static func isCardNumber(_ digits: [UInt8]) -> Bool {
        guard let first = digits.first, (2...6).contains(first) || first == 8 else { return false }
        var sum = 0
        for (offset, digit) in digits.reversed().enumerated() {
            let doubled = offset.isMultiple(of: 2) ? Int(digit) : Int(digit) * 2
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum.isMultiple(of: 10)
    }

    private static func secret(in bytes: [UInt8], at start: Int) -> Finding? {
        for prefix in secretPrefixes where matches(prefix, in: bytes, at: start) {
            let begin = start + prefix.utf8CodeUnitCount
            var end = begin
            while end < bytes.count, isSecretByte(bytes[end]) { end += 1 }
            guard end > begin else { continue }
            return Finding(range: begin..<end, replacement: "[redacted]")
        }
        return nil
    }

    /// The password in `scheme://user:password@host`.
    private static func addressPassword(in bytes: [UInt8], at start: Int) -> Finding? {
        guard matches("://", in: bytes, at: start) else { return nil }
        var colon: Int?
        var index = start + 3
        while index < bytes.count, bytes[index] > 0x20, bytes[index] != UInt8(ascii: "/") {
            if bytes[index] == UInt8(ascii: ":"), colon == nil { colon = index }
            if bytes[index] == UInt8(ascii: "@") {
                guard let colon else { return nil }
                return Finding(range: colon + 1..<index, replacement: "[redacted]")
            }
            index += 1
        }
        return nil
    }

    private static func matches(_ prefix: StaticString, in bytes: [UInt8], at start: Int) -> Bool {
        let expected = UnsafeBufferPointer(
            start: prefix.utf8Start,
            count: prefix.utf8CodeUnitCount
        )
        guard bytes.count - start >= expected.count else { return false }
        for (offset, byte) in expected.enumerated() where bytes[start + offset] != byte {
            return false
        }
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-")
    }

    private static func isSecretByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
