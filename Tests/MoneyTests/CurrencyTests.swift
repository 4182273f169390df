import Money
import Testing

@Suite("Currencies")
struct CurrencyTests {
    @Test("the decimals are those of ISO 4217", arguments: known)
    func exponents(code: String, number: Int, exponent: Int) throws {
        let currency = try Currency(code)
        #expect(currency.exponent == exponent)
        #expect(currency.numericCode == number)
        #expect(try Currency(numericCode: number) == currency)
    }

    @Test("a code is read in any case and given back in lower case")
    func anyCase() throws {
        #expect(try Currency("INR") == .inr)
        #expect(try Currency("Usd").code == "usd")
    }

    @Test(
        "what is no currency is refused",
        arguments: ["", "xx", "inr ", "rupee", "xau", "xxx", "\u{212A}rw"]
    )
    func unknown(code: String) {
        #expect(throws: MoneyError.unknownCurrency(code)) { try Currency(code) }
    }

    @Test("a number that is no currency is refused")
    func unknownNumber() {
        #expect(throws: MoneyError.unknownCurrency("999")) { try Currency(numericCode: 999) }
    }

    @Test("codes and numbers are unique and in alphabetical order")
    func table() {
        let codes = Currency.all.map(\.code)
        #expect(codes == codes.sorted())
        #expect(Set(codes).count == codes.count)
        #expect(Set(Currency.all.map(\.numericCode)).count == codes.count)
        #expect(Currency.all == Currency.all.sorted())
        #expect(Currency.all.count > 150)
    }

    @Test("exactly these currencies have other than two decimals")
    func otherDecimals() {
        let others = Dictionary(grouping: Currency.all.filter { $0.exponent != 2 }, by: \.exponent)
            .mapValues { Set($0.map(\.code)) }
        #expect(
            others == [
                0: [
                    "bif", "clp", "djf", "gnf", "isk", "jpy", "kmf", "krw", "mga", "pyg", "rwf",
                    "ugx", "uyi", "vnd", "vuv", "xaf", "xof", "xpf",
                ],
                3: ["bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"],
                4: ["clf", "uyw"],
            ]
        )
    }

    @Test("the smallest and the largest charge are known")
    func chargeLimits() throws {
        #expect(Currency.usd.minimumChargeMinorUnits == 50)
        #expect(Currency.inr.minimumChargeMinorUnits == 50)
        #expect(Currency.jpy.minimumChargeMinorUnits == 50)
        #expect(try Currency("huf").minimumChargeMinorUnits == 17_500)
        #expect(try Currency("czk").minimumChargeMinorUnits == 1_500)
        #expect(Currency.kwd.minimumChargeMinorUnits == nil)
        #expect(Currency.all.filter { $0.minimumChargeMinorUnits != nil }.count == 23)
        #expect(Currency.all.allSatisfy { $0.maximumChargeMinorUnits == 99_999_999 })
        #expect(Currency.kwd.chargeStepMinorUnits == 10)
        #expect(Currency.inr.chargeStepMinorUnits == 1)
    }

    private static let known: [(String, Int, Int)] = [
        ("inr", 356, 2), ("usd", 840, 2), ("jpy", 392, 0), ("kwd", 414, 3), ("clf", 990, 4),
        ("all", 8, 2), ("bhd", 48, 3), ("vnd", 704, 0), ("huf", 348, 2), ("zwg", 924, 2),
    ]
}
