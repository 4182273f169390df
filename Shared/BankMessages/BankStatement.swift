public import Calendar
public import Money

/// An account's movements of a day between two balances: camt.053.001.08.
///
/// Opening balance and entries make the closing balance, or there is no statement.
public struct BankStatement: Sendable, Hashable {
    /// The most movements of one statement or notification.
    public static let maximumEntries = 20_000

    /// The statement's identifier.
    public let messageID: String
    /// The statement's number; each follows its predecessor without a gap.
    public let sequenceNumber: Int64
    /// When it was made.
    public let createdAt: Timestamp
    /// The account.
    public let accountNumber: String
    /// The day that it covers.
    public let day: CalendarDate
    /// The balance before the first movement; negative when overdrawn.
    public let opening: Money
    /// The balance after the last movement.
    public let closing: Money
    /// The movements in the order of their booking; a quiet day has none.
    public let entries: [BankEntry]

    /// Puts a statement together; refuses one that does not add up.
    public init(
        messageID: String,
        sequenceNumber: Int64,
        createdAt: Timestamp,
        accountNumber: String,
        day: CalendarDate,
        opening: Money,
        closing: Money,
        entries: [BankEntry]
    ) throws(BankMessageError) {
        guard entries.count <= Self.maximumEntries else {
            throw .invalid(field: "number of entries", value: String(entries.count))
        }
        guard sequenceNumber > 0 else {
            throw .invalid(field: "statement number", value: String(sequenceNumber))
        }
        let found = try BankAmount.sum([opening] + entries.map(\.effect), in: opening.currency)
        guard found == closing else {
            throw .inconsistent(
                field: "closing balance",
                stated: "\(closing)",
                found: "\(found)"
            )
        }
        self.messageID = try BankText.checked(
            messageID,
            "message id",
            atMost: BankText.longestIdentifier
        )
        self.sequenceNumber = sequenceNumber
        self.createdAt = createdAt
        self.accountNumber = try BankText.checked(
            accountNumber,
            "account",
            atMost: BankText.longestAccount
        )
        self.day = day
        self.opening = opening
        self.closing = closing
        self.entries = entries
        try requireUnique(entries.map(\.reference), "entry reference")
    }
}
