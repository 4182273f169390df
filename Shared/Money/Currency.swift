/// A currency of ISO 4217.
public struct Currency: Sendable, Hashable {
    /// The row of the table; codes are in alphabetical order, so it also orders currencies.
    private let row: UInt8

    /// Finds a currency by its three letters, in any case.
    public init(_ code: String) throws(MoneyError) {
        // Three bytes: no letter outside ASCII that lower-cases into one of ours gets by.
        guard code.utf8.count == 3, let row = CurrencyTable.rowsByCode[code.lowercased()] else {
            throw .unknownCurrency(code)
        }
        self.row = row
    }

    /// Finds a currency by its three-digit number, which card networks use: 356 is the rupee.
    public init(numericCode: Int) throws(MoneyError) {
        guard let row = CurrencyTable.rowsByNumber[numericCode] else {
            throw .unknownCurrency(String(numericCode))
        }
        self.row = row
    }

    /// Finds a currency that the source code names.
    private init(known code: String) {
        guard let row = CurrencyTable.rowsByCode[code] else {
            preconditionFailure("the table has every currency that the source names")
        }
        self.row = row
    }

    /// The three letters in lower case, as merchants send and get them.
    public var code: String { entry.code }

    /// The three-digit number of ISO 4217.
    public var numericCode: Int { entry.number }

    /// How many decimals the major unit has: 2 for the rupee, 0 for the yen, 3 for the Kuwaiti dinar.
    public var exponent: Int { entry.exponent }

    /// The smallest amount that may be charged, where one is set; otherwise one minor unit is enough.
    public var minimumChargeMinorUnits: Int64? { CurrencyTable.minimumCharges[code] }

    /// The largest amount that may be charged: eight digits.
    public var maximumChargeMinorUnits: Int64 { 99_999_999 }

    /// What an amount must be a multiple of: ten where there are three decimals, because card
    /// networks carry only two of them.
    public var chargeStepMinorUnits: Int64 { exponent == 3 ? 10 : 1 }

    /// Every currency, by code.
    public static let all: [Currency] = CurrencyTable.entries.map { Currency(known: $0.code) }

    /// The Indian rupee.
    public static let inr = Currency(known: "inr")
    /// The United States dollar.
    public static let usd = Currency(known: "usd")
    /// The euro.
    public static let eur = Currency(known: "eur")
    /// The pound sterling.
    public static let gbp = Currency(known: "gbp")
    /// The yen, which has no decimals.
    public static let jpy = Currency(known: "jpy")
    /// The Kuwaiti dinar, which has three decimals.
    public static let kwd = Currency(known: "kwd")

    private var entry: CurrencyTable.Entry { CurrencyTable.entries[Int(row)] }
}

extension Currency: Comparable {
    /// Orders currencies by code.
    public static func < (left: Currency, right: Currency) -> Bool { left.row < right.row }
}

extension Currency: CustomStringConvertible {
    /// The code.
    public var description: String { code }
}
