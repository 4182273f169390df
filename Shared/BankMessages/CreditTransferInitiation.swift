public import Calendar
public import Money

/// One transfer that a bank is asked to make.
public struct CreditTransfer: Sendable, Hashable {
    /// Our identifier of the transfer, which stays with it to the end; unique for ever.
    public let endToEndID: String
    /// How much.
    public let amount: Money
    /// To whom.
    public let creditor: BankAccount
    /// What the creditor reads beside it.
    public let remittance: String?

    /// Describes a transfer; refuses what a bank file cannot hold.
    public init(
        endToEndID: String,
        amount: Money,
        creditor: BankAccount,
        remittance: String? = nil
    ) throws(BankMessageError) {
        guard amount.minorUnits > 0 else {
            throw .invalid(field: "amount", value: amount.decimalString)
        }
        self.endToEndID = try BankText.checked(
            endToEndID,
            "end-to-end id",
            atMost: BankText.longestIdentifier
        )
        self.amount = amount
        self.creditor = creditor
        self.remittance = try remittance.map { text throws(BankMessageError) in
            try BankText.checked(text, "remittance", atMost: BankText.longestLine)
        }
    }
}

/// The file by which a bank is asked to make transfers: pain.001.001.09.
///
/// One file has one account that is debited, one currency and one day. Count and control sum are
/// computed when it is written, and checked when it is read: the schema of the message checks
/// neither, nor that identifiers are unique.
public struct CreditTransferInitiation: Sendable, Hashable {
    /// The most transfers of one file.
    public static let maximumTransfers = 10_000

    /// The file's identifier; a bank takes each once.
    public let messageID: String
    /// When it was made.
    public let createdAt: Timestamp
    /// The day on which the transfers are to be made.
    public let executionDate: CalendarDate
    /// The account that is debited.
    public let debtor: BankAccount
    /// The transfers, at least one.
    public let transfers: [CreditTransfer]
    /// The sum of all transfers.
    public let total: Money

    /// Puts a file together; refuses several currencies, repeated identifiers and empty files.
    public init(
        messageID: String,
        createdAt: Timestamp,
        executionDate: CalendarDate,
        debtor: BankAccount,
        transfers: [CreditTransfer]
    ) throws(BankMessageError) {
        guard let first = transfers.first, transfers.count <= Self.maximumTransfers else {
            throw .invalid(field: "number of transfers", value: String(transfers.count))
        }
        self.messageID = try BankText.checked(
            messageID,
            "message id",
            atMost: BankText.longestIdentifier
        )
        self.createdAt = createdAt
        self.executionDate = executionDate
        self.debtor = debtor
        self.transfers = transfers
        total = try BankAmount.sum(transfers.map(\.amount), in: first.amount.currency)
        try requireUnique(transfers.map(\.endToEndID), "end-to-end id")
    }
}

/// Refuses a list in which a value occurs twice.
func requireUnique(_ values: [String], _ field: String) throws(BankMessageError) {
    var seen: Set<String> = []
    for value in values {
        guard seen.insert(value).inserted else { throw .repeated(field: field, value: value) }
    }
}
