public import Payments

/// The values that our profile gives to processing codes (field 3).
public enum ProcessingCode: String, Sendable, CaseIterable {
    /// A purchase, its capture and its reversal.
    case purchase = "000000"
    /// Money back to the cardholder.
    case refund = "200000"
}

/// The values of the management code (field 70).
public enum ManagementCode: String, Sendable, CaseIterable {
    /// The first message on a connection.
    case signOn = "001"
    /// Is there somebody?
    case echo = "301"
}

/// The response codes (field 39) that are not declines; the declines are in `DeclineReason.table`.
public enum ResponseCode {
    /// Approved, taken, acknowledged.
    public static let approved = "00"
    /// An advice was taken note of and its end is open; repeat it to learn more.
    public static let inProgress = "09"
    /// The amount is more than there is.
    public static let invalidAmount = "13"
    /// The token is not one of the vault's.
    public static let unknownCard = "14"
    /// A message of a family that has been reversed.
    public static let alreadyReversed = "21"
    /// There is no such authorization or capture.
    public static let notFound = "25"
    /// The family has money that went back to the cardholder; it cannot be reversed any more.
    public static let cannotReverse = "12"
    /// The card has expired.
    public static let expiredCard = "54"
    /// The issuer does not answer.
    public static let issuerNotAvailable = "91"
    /// The reference stands for a message with other values.
    public static let conflictingRepeat = "94"
}

extension DeclineReason {
    /// The row of a decline code, the table read from right to left.
    ///
    /// Where several response codes say the same, the first row speaks for all.
    public static func of(declineCode: String) -> DeclineReason? {
        table.first { $0.declineCode == declineCode }
    }
}
