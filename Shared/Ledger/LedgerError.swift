public import Money

/// Says why a journal or a template cannot be.
public enum LedgerError: Error, Sendable, Equatable {
    /// A journal has at least two entries.
    case tooFewEntries
    /// An entry's amount is more than nothing; its side says which way it goes.
    case amountNotPositive(AccountCode)
    /// Debits and credits of a currency differ.
    case unbalanced(Currency)
    /// A template's debits and credits differ for some amounts.
    case unbalancedTemplate(JournalKind)
    /// A fee is negative or more than the amount that it is taken from.
    case feeOutOfRange
    /// No adjustment moves money there, or it names the same account twice.
    case notAdjustable(Int16)
    /// The amounts could not be computed.
    case money(MoneyError)
}

extension LedgerError: CustomStringConvertible {
    /// The refusal in words.
    public var description: String {
        switch self {
        case .tooFewEntries: "a journal has at least two entries"
        case .amountNotPositive(let account): "an entry of \(account) is not positive"
        case .unbalanced(let currency): "debits and credits differ in \(currency)"
        case .unbalancedTemplate(let kind): "the template \(kind.rawValue) does not sum to zero"
        case .feeOutOfRange: "the fee is negative or more than the amount"
        case .notAdjustable(let number): "no adjustment moves money to or from account \(number)"
        case .money(let error): error.description
        }
    }
}
