/// Whole numbers in the digits 0-9, A-Z, a-z, whose byte order is their numeric order.
enum Base62 {
    private static let digits = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8
    )

    static func digit(_ value: Int) -> Character {
        Character(UnicodeScalar(digits[value]))
    }

    /// The lowest `digits` digits of a number, with leading zeros.
    static func encode(_ number: UInt64, digits count: Int) -> String {
        var rest = number
        var reversed: [UInt8] = []
        for _ in 0..<count {
            reversed.append(digits[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: reversed.reversed(), as: UTF8.self)
    }

    static func value(of byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a")) + 36
        default: nil
        }
    }

    /// The number that up to ten digits spell, or nil when a character is not a digit.
    static func decode(_ text: some StringProtocol) -> UInt64? {
        guard !text.isEmpty, text.utf8.count <= 10 else { return nil }
        var number: UInt64 = 0
        for byte in text.utf8 {
            guard let value = value(of: byte) else { return nil }
            number = number * 62 + UInt64(value)
        }
        return number
    }
}
