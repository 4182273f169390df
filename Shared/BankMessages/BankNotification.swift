public import Money

/// The bank's word of movements just booked: camt.054.001.08.
public struct BankNotification: Sendable, Hashable {
    /// The notification's identifier.
    public let messageID: String
    /// When it was made.
    public let createdAt: Timestamp
    /// The account that was moved.
    public let accountNumber: String
    /// The account's currency.
    public let currency: Currency
    /// The movements, at least one.
    public let entries: [BankEntry]

    /// Puts a notification together; refuses repeated references and empty ones.
    public init(
        messageID: String,
        createdAt: Timestamp,
        accountNumber: String,
        currency: Currency,
        entries: [BankEntry]
    ) throws(BankMessageError) {
        guard !entries.isEmpty, entries.count <= BankStatement.maximumEntries else {
            throw .invalid(field: "number of entries", value: String(entries.count))
        }
        self.messageID = try BankText.checked(
            messageID,
            "message id",
            atMost: BankText.longestIdentifier
        )
        self.createdAt = createdAt
        self.accountNumber = try BankText.checked(
            accountNumber,
            "account",
            atMost: BankText.longestAccount
        )
        self.currency = currency
        self.entries = entries
        _ = try BankAmount.sum(entries.map(\.amount), in: currency)
        try requireUnique(entries.map(\.reference), "entry reference")
    }
}
