import CardNetwork
import Money

/// The arithmetic of card numbers and of the tokens that must not be mistaken for them.
enum CardNumber {
    /// The digits of what a customer wrote; nil where there is anything else than digits, blanks
    /// and hyphens.
    static func digits(_ text: String) -> [UInt8]? {
        var digits: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte - UInt8(ascii: "0"))
            case UInt8(ascii: " "), UInt8(ascii: "-"): continue
            case _: return nil
            }
        }
        return digits
    }

    /// Whether the last digit is the check digit of those before it (ISO/IEC 7812, Luhn).
    static func hasCheckDigit(_ digits: [UInt8]) -> Bool {
        guard let last = digits.last else { return false }
        return checkDigit(of: digits.dropLast()) == last
    }

    /// The check digit that belongs behind these digits.
    static func checkDigit(of digits: some BidirectionalCollection<UInt8>) -> UInt8 {
        var sum = 0
        var isDoubled = true
        for digit in digits.reversed() {
            let value = isDoubled ? Int(digit) * 2 : Int(digit)
            sum += value > 9 ? value - 9 : value
            isDoubled.toggle()
        }
        return UInt8((10 - sum % 10) % 10)
    }

    /// Digits as text.
    static func text(_ digits: some Sequence<UInt8>) -> String {
        String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    }
}

/// A number that stands for a card in messages, and can never be one.
///
/// Eighteen digits that begin with `9900`, a range of ISO/IEC 7812 that no issuer has, and end in a
/// digit that is not the check digit: two reasons, either of which is enough.
enum TokenNumber {
    static let prefix: [UInt8] = [9, 9, 0, 0]
    static let digitCount = 18

    /// The token made from 16 random-looking bytes.
    static func make(from bytes: [UInt8]) -> String {
        precondition(bytes.count >= digitCount - prefix.count, "a token needs more bytes")
        var digits = prefix
        for byte in bytes.prefix(digitCount - prefix.count - 1) { digits.append(byte % 10) }
        let valid = CardNumber.checkDigit(of: digits)
        let shift = bytes[digitCount - prefix.count - 1] % 9 + 1
        digits.append((valid + shift) % 10)
        return CardNumber.text(digits)
    }
}

/// Finds what is wrong with card data, in the order in which Stripe does.
struct CardCheck {
    /// The month that is now.
    let now: WireTime

    static let numberDigits = 12...19
    static let yearsAhead = 50

    /// The test card and its expiry, or the first thing that is wrong.
    func check(_ data: CardData) throws(CardRefusal) -> (card: MagicCard, year: Int, month: Int) {
        guard let digits = CardNumber.digits(data.number), Self.numberDigits.contains(digits.count)
        else { throw .invalidNumber }
        guard CardNumber.hasCheckDigit(digits) else { throw .incorrectNumber }
        guard (1...12).contains(data.expirationMonth) else { throw .invalidExpiryMonth }
        let year = data.expirationYear < 100 ? data.expirationYear + 2_000 : data.expirationYear
        guard year >= now.yearNumber, year <= now.yearNumber + Self.yearsAhead else {
            throw .invalidExpiryYear
        }
        guard year * 12 + data.expirationMonth - 1 >= now.monthNumber else {
            throw .invalidExpiryMonth
        }
        let card = MagicCard.byNumber[CardNumber.text(digits)]
        if let cvc = data.cvc {
            let lengths = card?.brand.cvcDigits ?? 3...4
            guard lengths.contains(cvc.utf8.count),
                cvc.utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { throw .invalidCVC }
        }
        guard let card else { throw .notATestCard }
        return (card, year, data.expirationMonth)
    }
}
