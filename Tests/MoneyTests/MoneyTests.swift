import Money
import TestKit
import Testing

@Suite("Money")
struct MoneyTests {
    @Test("amounts of one currency are added and subtracted")
    func arithmetic() throws {
        let gross = Money(minorUnits: 100_000, currency: .inr)
        let fee = Money(minorUnits: 3_000, currency: .inr)
        #expect(try gross.subtracting(fee) == Money(minorUnits: 97_000, currency: .inr))
        #expect(try gross.subtracting(fee).adding(fee) == gross)
        #expect(try fee.subtracting(gross).negated() == gross.subtracting(fee))
        #expect(Money.zero(.inr).isZero)
    }

    @Test("amounts of two currencies are never combined")
    func currencyMismatch() {
        let rupees = Money(minorUnits: 1, currency: .inr)
        let dollars = Money(minorUnits: 1, currency: .usd)
        #expect(throws: MoneyError.currencyMismatch(.inr, .usd)) { try rupees.adding(dollars) }
        #expect(throws: MoneyError.currencyMismatch(.usd, .inr)) {
            try dollars.subtracting(rupees)
        }
    }

    @Test("a result that does not fit is refused, one that just fits is not")
    func overflow() throws {
        let most = Money(minorUnits: .max, currency: .inr)
        let least = Money(minorUnits: .min, currency: .inr)
        let one = Money(minorUnits: 1, currency: .inr)
        #expect(throws: MoneyError.overflow) { try most.adding(one) }
        #expect(throws: MoneyError.overflow) { try least.subtracting(one) }
        #expect(throws: MoneyError.overflow) { try least.negated() }
        #expect(try most.subtracting(one).adding(one) == most)
        #expect(try least.adding(one).negated() == most)
    }

    @Test("an amount is shown with the decimals of its currency", arguments: shown)
    func decimals(minorUnits: Int64, code: String, text: String) throws {
        #expect(try Money(minorUnits: minorUnits, currency: Currency(code)).decimalString == text)
    }

    @Test("sums agree with wider arithmetic", arguments: SeededGenerator.seeds(count: 3))
    func sumsAgree(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<10_000 {
            let left = Int64.random(in: .min ... .max, using: &generator)
            let right = Int64.random(in: .min ... .max, using: &generator)
            let sum = try? Money(minorUnits: left, currency: .inr)
                .adding(Money(minorUnits: right, currency: .inr))
            #expect(sum?.minorUnits == Int64(exactly: Int128(left) + Int128(right)))
            let difference = try? Money(minorUnits: left, currency: .inr)
                .subtracting(Money(minorUnits: right, currency: .inr))
            #expect(difference?.minorUnits == Int64(exactly: Int128(left) - Int128(right)))
        }
    }

    private static let shown: [(Int64, String, String)] = [
        (97_000, "inr", "970.00"), (5, "inr", "0.05"), (-5, "inr", "-0.05"), (0, "usd", "0.00"),
        (1_234, "jpy", "1234"), (0, "jpy", "0"), (1_234, "kwd", "1.234"), (7, "kwd", "0.007"),
        (12_345, "clf", "1.2345"), (.min, "inr", "-92233720368547758.08"),
    ]
}
