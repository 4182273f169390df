public import Calendar
public import Money

/// One booked movement of an account, as notifications and statements show it.
public struct BankEntry: Sendable, Hashable {
    /// Which way the money went.
    public enum Direction: String, Sendable, Hashable {
        /// Into the account.
        case credit = "CRDT"
        /// Out of the account.
        case debit = "DBIT"
    }

    /// The bank's identifier of the movement, the same in notification and statement.
    public let reference: String
    /// How much; more than nothing.
    public let amount: Money
    /// Which way.
    public let direction: Direction
    /// The day on which it was booked.
    public let bookedOn: CalendarDate
    /// The end-to-end identifier of the transfer that it belongs to, if it belongs to one of ours.
    public let endToEndID: String?
    /// Why a transfer came back; nil for a movement that is no return.
    public let returnReason: BankReason?

    /// Describes a movement; refuses what a bank file cannot hold.
    public init(
        reference: String,
        amount: Money,
        direction: Direction,
        bookedOn: CalendarDate,
        endToEndID: String? = nil,
        returnReason: BankReason? = nil
    ) throws(BankMessageError) {
        let longest = BankText.longestIdentifier
        guard amount.minorUnits > 0 else {
            throw .invalid(field: "amount", value: amount.decimalString)
        }
        self.reference = try BankText.checked(reference, "entry reference", atMost: longest)
        self.amount = amount
        self.direction = direction
        self.bookedOn = bookedOn
        self.endToEndID = try endToEndID.map { text throws(BankMessageError) in
            try BankText.checked(text, "end-to-end id", atMost: longest)
        }
        self.returnReason = returnReason
    }

    /// What the movement adds to the account's balance; negative for a debit.
    var effect: Money {
        switch direction {
        case .credit: amount
        case .debit: Money(minorUnits: -amount.minorUnits, currency: amount.currency)
        }
    }
}
