public import Money
public import Payments

/// Who owns an account.
public enum AccountOwner: Sendable, Hashable {
    case platform
    case merchant(MerchantID)
}

/// A place where value sits: an account of the chart and its owner; the currency comes with the
/// entry.
public struct Account: Sendable, Hashable {
    /// The account in the chart.
    public let code: AccountCode
    /// Whose account it is.
    public let owner: AccountOwner

    /// The account of the chart that a merchant's business is booked to: the merchant's own where
    /// each has one, otherwise the platform's.
    public init(_ code: AccountCode, for merchant: MerchantID) {
        self.code = code
        switch code.definition.scope {
        case .merchant: owner = .merchant(merchant)
        case .platform: owner = .platform
        }
    }
}

/// One leg of a journal.
public struct Entry: Sendable, Hashable {
    /// Where it is booked.
    public let account: Account
    /// On which side.
    public let side: Side
    /// How much; always more than nothing.
    public let amount: Money

    /// Makes a leg; ``Journal`` checks the amount.
    public init(_ side: Side, _ account: Account, _ amount: Money) {
        self.side = side
        self.account = account
        self.amount = amount
    }

    /// The amount in minor units, debits positive and credits negative; an account's balance is the
    /// sum of these.
    public var signedMinorUnits: Int64 { side.sign * amount.minorUnits }
}

/// What kind of fact a journal records.
public enum JournalKind: String, Sendable, Hashable, CaseIterable {
    case captured = "payment_captured"
    case captureVoided = "capture_voided"
    case refundRequested = "refund_requested"
    case refundCleared = "refund_cleared"
    case refundFailed = "refund_failed"
    case refundReturned = "refund_returned"
    case disputeFundsWithdrawn = "dispute_funds_withdrawn"
    case disputeFeeCharged = "dispute_fee_charged"
    case disputeChargedBack = "dispute_charged_back"
    case disputeRepresented = "dispute_represented"
    case disputeFundsReinstated = "dispute_funds_reinstated"
    case disputeFeeReturned = "dispute_fee_returned"
    case networkSettled = "settlement_cleared"
    case madeAvailable = "settlement_completed"
    case payoutCreated = "payout_created"
    case payoutPaid = "payout_paid"
    case payoutReturned = "payout_returned"
    case payoutReversed = "payout_reversed"
    case adjusted = "adjustment_posted"
}

/// One atomic financial fact: entries whose debits and credits are equal in each currency.
///
/// An unbalanced journal cannot be made, and a made one cannot be changed.
public struct Journal: Sendable, Hashable {
    /// What it records.
    public let kind: JournalKind
    /// Its legs, in the template's order.
    public let entries: [Entry]

    /// Checks the legs in this order: how many there are, that each amount is positive, that the
    /// sums per currency are zero.
    public init(kind: JournalKind, entries: [Entry]) throws(LedgerError) {
        guard entries.count >= 2 else { throw .tooFewEntries }
        for entry in entries where entry.amount.minorUnits <= 0 {
            throw .amountNotPositive(entry.account.code)
        }
        for currency in Set(entries.map(\.amount.currency)).sorted() {
            // Wider than an amount, so that no sum of entries can wrap around into a false zero.
            let sum = entries.reduce(Int128(0)) { sum, entry in
                entry.amount.currency == currency ? sum + Int128(entry.signedMinorUnits) : sum
            }
            guard sum == 0 else { throw .unbalanced(currency) }
        }
        self.kind = kind
        self.entries = entries
    }
}
