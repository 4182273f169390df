public import Money

/// What a bank says of one transfer of a file.
public enum TransferStatus: Sendable, Hashable {
    /// It was taken and will be made, or has been made.
    case accepted
    /// It waits for something at the bank; another report follows.
    case pending
    /// It is refused and has no effect.
    case rejected(BankReason)
}

/// The bank's answer to a file: pain.002.001.12.
///
/// A file is accepted in part when some of its transfers are accepted and others are not.
public struct PaymentStatusReport: Sendable, Hashable {
    /// What became of one transfer.
    public struct Line: Sendable, Hashable {
        /// The transfer's end-to-end identifier.
        public let endToEndID: String
        /// What became of it.
        public let status: TransferStatus

        /// Says what became of a transfer.
        public init(endToEndID: String, status: TransferStatus) {
            self.endToEndID = endToEndID
            self.status = status
        }
    }

    /// The report's identifier.
    public let messageID: String
    /// When it was made.
    public let createdAt: Timestamp
    /// The file that it answers.
    public let originalMessageID: String
    /// What became of the file's transfers; empty when the file as a whole could not be taken.
    public let lines: [Line]
    /// Why the whole file was refused, if it was.
    public let refusal: BankReason?

    /// Puts a report together; refuses repeated identifiers.
    public init(
        messageID: String,
        createdAt: Timestamp,
        originalMessageID: String,
        lines: [Line],
        refusal: BankReason? = nil
    ) throws(BankMessageError) {
        guard lines.isEmpty == (refusal != nil),
            lines.count <= CreditTransferInitiation.maximumTransfers
        else { throw .invalid(field: "number of transfers", value: String(lines.count)) }
        let longest = BankText.longestIdentifier
        self.messageID = try BankText.checked(messageID, "message id", atMost: longest)
        self.createdAt = createdAt
        self.originalMessageID = try BankText.checked(
            originalMessageID,
            "original message id",
            atMost: longest
        )
        self.lines = lines
        self.refusal = refusal
        for line in lines {
            try BankText.checked(line.endToEndID, "end-to-end id", atMost: longest)
        }
        try requireUnique(lines.map(\.endToEndID), "end-to-end id")
    }
}
