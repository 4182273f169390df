public import Money
public import Payments

/// The amounts that a template is filled in with.
public struct JournalAmounts: Sendable, Hashable {
    /// The whole amount; more than nothing.
    public let gross: Money
    /// The part of it that is our fee, or that is given back of our fee; may be nothing.
    public let fee: Money

    /// Accepts amounts of one currency with `0 < gross` and `0 <= fee <= gross`.
    public init(gross: Money, fee: Money) throws(LedgerError) {
        guard gross.currency == fee.currency else {
            throw .money(.currencyMismatch(gross.currency, fee.currency))
        }
        guard gross.minorUnits > 0 else { throw .money(.negativeAmount) }
        guard (0...gross.minorUnits).contains(fee.minorUnits) else { throw .feeOutOfRange }
        self.gross = gross
        self.fee = fee
    }
}

/// The only way to make a journal: which accounts a fact touches, on which side, with which part of
/// its amounts.
///
/// A template is proved to sum to zero when it is made, for all amounts at once: the amounts of its
/// legs are sums of `gross` and `fee`, so it is enough that both cancel out.
public struct JournalTemplate: Sendable, Hashable {
    /// A part of the amounts, written as how often it contains each.
    public enum Part: Sendable, Hashable {
        case gross
        case fee
        /// `gross - fee`.
        case net

        fileprivate var coefficients: (gross: Int, fee: Int) {
            switch self {
            case .gross: (1, 0)
            case .fee: (0, 1)
            case .net: (1, -1)
            }
        }
    }

    /// A leg without its amount.
    public struct Leg: Sendable, Hashable {
        /// The side of the account.
        public let side: Side
        /// The account.
        public let account: AccountCode
        /// The part of the amounts.
        public let part: Part

        /// A leg that is debited.
        public static func debit(_ account: AccountCode, _ part: Part) -> Leg {
            Leg(side: .debit, account: account, part: part)
        }

        /// A leg that is credited.
        public static func credit(_ account: AccountCode, _ part: Part) -> Leg {
            Leg(side: .credit, account: account, part: part)
        }
    }

    /// What its journals record.
    public let kind: JournalKind
    /// Its legs, in the order of the entries.
    public let legs: [Leg]

    /// Makes a template, if its debits equal its credits whatever the amounts are.
    public init(kind: JournalKind, legs: [Leg]) throws(LedgerError) {
        var gross = 0
        var fee = 0
        for leg in legs {
            let sign = Int(leg.side.sign)
            gross += sign * leg.part.coefficients.gross
            fee += sign * leg.part.coefficients.fee
        }
        guard gross == 0, fee == 0 else { throw .unbalancedTemplate(kind) }
        guard legs.count >= 2 else { throw .tooFewEntries }
        self.kind = kind
        self.legs = legs
    }

    /// The journal of a fact about a merchant's payment; legs that come to nothing are left out.
    public func journal(
        for merchant: MerchantID,
        _ amounts: JournalAmounts
    ) throws(LedgerError) -> Journal {
        var entries: [Entry] = []
        for leg in legs {
            let amount = try leg.part.amount(of: amounts)
            if amount.isZero { continue }
            entries.append(Entry(leg.side, Account(leg.account, for: merchant), amount))
        }
        return try Journal(kind: kind, entries: entries)
    }
}

extension JournalTemplate.Part {
    fileprivate func amount(of amounts: JournalAmounts) throws(LedgerError) -> Money {
        switch self {
        case .gross: return amounts.gross
        case .fee: return amounts.fee
        case .net:
            do {
                return try amounts.gross.subtracting(amounts.fee)
            } catch {
                throw .money(error)
            }
        }
    }
}
