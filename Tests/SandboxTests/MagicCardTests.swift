import CardNetwork
import Money
import Payments
import Testing

@testable import Sandbox

@Suite("The test cards")
struct MagicCardTests {
    @Test("are numbers that could be cards", arguments: MagicCard.table.map(\.number))
    func checkDigits(number: String) throws {
        let digits = try #require(CardNumber.digits(number))
        #expect(CardNumber.hasCheckDigit(digits))
    }

    @Test("have no number and no name twice")
    func unique() {
        let numbers = MagicCard.table.map(\.number)
        let names = MagicCard.table.flatMap(\.names)
        #expect(Set(numbers).count == numbers.count)
        #expect(Set(names).count == names.count)
        #expect(MagicCard.byIdentifier.count == names.count * 2)
    }

    @Test(
        "are found by the names that merchants use",
        arguments: [
            ("pm_card_visa", "4242"), ("tok_visa", "4242"), ("tok_amex", "8431"),
            ("pm_card_visa_chargeDeclined", "0002"), ("tok_chargeDeclined", "0002"),
            ("pm_card_chargeDeclinedExpiredCard", "0069"), ("pm_card_in", "0008"),
            ("pm_card_authenticationRequired", "3184"), ("pm_card_refundFail", "5126"),
        ]
    )
    func names(identifier: String, last4: String) {
        #expect(MagicCard.byIdentifier[identifier]?.number.hasSuffix(last4) == true)
    }
}

@Suite("Card data")
struct CardCheckTests {
    private let check = CardCheck(now: WireTime(Timestamp(secondsSinceEpoch: 1_795_000_000)))

    private func refusal(
        number: String = "4242424242424242",
        month: Int = 12,
        year: Int = 2_034,
        cvc: String? = "123"
    ) -> CardRefusal? {
        let data = CardData(
            number: number,
            expirationMonth: month,
            expirationYear: year,
            cvc: cvc
        )
        do throws(CardRefusal) {
            _ = try check.check(data)
            return nil
        } catch {
            return error
        }
    }

    @Test("is taken with blanks, hyphens and years of two digits")
    func accepted() {
        #expect(refusal() == nil)
        #expect(refusal(number: "4242 4242-4242 4242") == nil)
        #expect(refusal(year: 34) == nil)
        #expect(refusal(cvc: nil) == nil)
        #expect(refusal(number: "378282246310005", cvc: "1234") == nil)
    }

    @Test("is refused for a number that is none, or has another check digit")
    func numbers() {
        #expect(refusal(number: "4242 4242 4242 424x") == .invalidNumber)
        #expect(refusal(number: "42424242424") == .invalidNumber)
        #expect(refusal(number: "") == .invalidNumber)
        #expect(refusal(number: "4242424242424241") == .incorrectNumber)
    }

    @Test("is refused from the month after its last")
    func expiry() {
        // It is November 2026.
        #expect(refusal(month: 11, year: 2_026) == nil)
        #expect(refusal(month: 10, year: 2_026) == .invalidExpiryMonth)
        #expect(refusal(month: 12, year: 2_025) == .invalidExpiryYear)
        #expect(refusal(year: 2_099) == .invalidExpiryYear)
        #expect(refusal(month: 13) == .invalidExpiryMonth)
        #expect(refusal(month: 0) == .invalidExpiryMonth)
    }

    @Test("is refused for a security code of the wrong length")
    func securityCodes() {
        #expect(refusal(cvc: "99") == .invalidCVC)
        #expect(refusal(cvc: "1234") == .invalidCVC)
        #expect(refusal(cvc: "12a") == .invalidCVC)
        #expect(refusal(cvc: "") == .invalidCVC)
    }

    @Test("of a real card is refused, so that it is never stored")
    func realCards() {
        #expect(refusal(number: "4111111111111111") == .notATestCard)
    }

    @Test("becomes a token that no one can take for a card number")
    func tokens() throws {
        for number in UInt8.min...UInt8.max {
            let bytes = (0..<32).map { UInt8(truncatingIfNeeded: Int(number) &* ($0 + 3) &+ $0) }
            let token = TokenNumber.make(from: bytes)
            let digits = try #require(CardNumber.digits(token))
            #expect(token.count == 18)
            #expect(token.hasPrefix("9900"))
            #expect(!CardNumber.hasCheckDigit(digits))
        }
    }
}
