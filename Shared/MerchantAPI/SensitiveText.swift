/// Finds card numbers in texts that are meant for something else.
///
/// Card numbers may only enter where they go straight to the vault. A description or a metadata
/// value that holds one is refused, because it would be stored and shown.
public enum SensitiveText {
    /// Lengths of the numbers that card networks give out.
    private static let lengths = 14...19

    /// Whether a text holds a run of digits, grouped or not, that is a card number: a network's
    /// prefix, the right length and a right check digit.
    ///
    /// A UUID is none, whatever its digits are. SDKs send one as the key of every request, and with
    /// so many of them some would look like a card number by chance.
    public static func holdsCardNumber(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var digits: [UInt8] = []
        var separators = 0
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if isUUID(bytes[index...].prefix(uuidLength)) {
                if isCardNumber(digits) { return true }
                digits = []
                separators = 0
                index += uuidLength
                continue
            }
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte - UInt8(ascii: "0"))
                separators = 0
            case UInt8(ascii: " "), UInt8(ascii: "-"):
                separators += 1
                if separators > 1 {
                    if isCardNumber(digits) { return true }
                    digits = []
                }
            case _:
                if isCardNumber(digits) { return true }
                digits = []
                separators = 0
            }
        }
        return isCardNumber(digits)
    }

    private static let uuidLength = 36

    /// Groups of 8, 4, 4, 4 and 12 hexadecimal digits with a version and the variant of RFC 9562.
    private static func isUUID(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count == uuidLength else { return false }
        return bytes.enumerated().allSatisfy { place, byte in
            switch place {
            case 8, 13, 18, 23: byte == UInt8(ascii: "-")
            case 14: (UInt8(ascii: "1")...UInt8(ascii: "8")).contains(byte)
            case 19: "89abAB".utf8.contains(byte)
            case _: "0123456789abcdefABCDEF".utf8.contains(byte)
            }
        }
    }

    private static func isCardNumber(_ digits: [UInt8]) -> Bool {
        guard lengths.contains(digits.count), hasNetworkPrefix(digits) else { return false }
        var sum = 0
        for (offset, digit) in digits.reversed().enumerated() {
            let doubled = offset.isMultiple(of: 2) ? Int(digit) : Int(digit) * 2
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum.isMultiple(of: 10)
    }

    private static func hasNetworkPrefix(_ digits: [UInt8]) -> Bool {
        let four = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        return switch digits.count {
        case 14: (3_000...3_059).contains(four) || (3_600...3_699).contains(four)
        case 15: four / 100 == 34 || four / 100 == 37
        case 16:
            four / 1_000 == 4 || (5_100...5_599).contains(four)
                || (2_221...2_720).contains(four) || four == 6_011
                || (6_440...6_599).contains(four) || (3_528...3_589).contains(four)
                || (3_000...3_059).contains(four) || four / 100 == 62
        case _: four / 1_000 == 4 || four / 100 == 62
        }
    }
}
