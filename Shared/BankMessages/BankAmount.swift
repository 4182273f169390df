import Money

/// Amounts as bank files write them: decimal, with a full stop, without sign or exponent.
enum BankAmount {
    /// The most digits before the full stop; more than any bank books, and far from overflow.
    private static let maximumWholeDigits = 13

    /// Reads an amount; refuses more decimals than the currency has, unless they are zeros.
    static func money(
        _ text: String,
        _ currencyCode: String,
        field: String
    ) throws(BankMessageError) -> Money {
        let currency = try currency(currencyCode, field: field)
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = parts.first ?? ""
        let decimals = parts.count > 1 ? parts[1] : ""
        let kept = decimals.prefix(currency.exponent)
        let digits =
            whole + kept + String(repeating: "0", count: currency.exponent - kept.count)
        guard !whole.isEmpty, whole.count <= maximumWholeDigits,
            parts.count == 1 || !decimals.isEmpty,
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            decimals.dropFirst(currency.exponent).allSatisfy({ $0 == "0" }),
            let minorUnits = Int64(digits)
        else { throw .invalid(field: field, value: text) }
        return Money(minorUnits: minorUnits, currency: currency)
    }

    /// Reads a currency's code, which bank files write in capital letters.
    static func currency(_ code: String, field: String) throws(BankMessageError) -> Currency {
        guard code == code.uppercased(), let currency = try? Currency(code) else {
            throw .invalid(field: field, value: code)
        }
        return currency
    }

    /// The sum of amounts of one currency; refuses others and what does not fit.
    static func sum(
        _ amounts: [Money],
        in currency: Currency
    ) throws(BankMessageError) -> Money {
        var total = Money.zero(currency)
        for amount in amounts {
            do {
                total = try total.adding(amount)
            } catch {
                throw .invalid(field: "amount", value: "\(amount)")
            }
        }
        return total
    }
}
