public import JSON
public import Money

/// Names an adjusting journal's fact, and names its event stream.
public struct AdjustmentID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "adj_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Money was moved between two accounts because two people agreed that a discrepancy calls for it.
///
/// It is the only fact of its stream: a wrong adjustment is put right by another one. The database
/// writes it, out of the approved proposal, so that nothing else can be posted than was approved.
public struct Adjustment: Sendable, Equatable {
    /// The adjustment.
    public let id: AdjustmentID
    /// Whose books it is in; ``MerchantID/platform`` where no account of a merchant is touched.
    public let merchantID: MerchantID
    /// The number of the discrepancy that it puts right.
    public let discrepancyID: Int64
    /// The number of the account that is debited.
    public let debitAccount: Int16
    /// The number of the account that is credited.
    public let creditAccount: Int16
    /// How much; more than nothing.
    public let amount: Money
    /// The adjustment whose money in suspense this one explains, if it does that.
    public let clears: AdjustmentID?
    /// Who proposed it.
    public let proposedBy: String
    /// Who agreed; never the same person.
    public let approvedBy: String

    /// Puts the parts together.
    public init(
        id: AdjustmentID,
        merchantID: MerchantID,
        discrepancyID: Int64,
        debitAccount: Int16,
        creditAccount: Int16,
        amount: Money,
        clears: AdjustmentID?,
        proposedBy: String,
        approvedBy: String
    ) {
        self.id = id
        self.merchantID = merchantID
        self.discrepancyID = discrepancyID
        self.debitAccount = debitAccount
        self.creditAccount = creditAccount
        self.amount = amount
        self.clears = clears
        self.proposedBy = proposedBy
        self.approvedBy = approvedBy
    }
}

extension MerchantID {
    /// The name under which the platform's own facts are stored; no merchant ever has it, because
    /// identifiers begin with the time at which they were made.
    public static let platform = MerchantID(
        checked: prefix + String(repeating: "0", count: suffixLength)
    )
}

extension Adjustment: DocumentConvertible {
    /// The stored form.
    public var document: JSON {
        [
            "adjustment_id": id.document,
            "merchant_id": merchantID.document,
            "discrepancy_id": discrepancyID.document,
            "debit_account": Int64(debitAccount).document,
            "credit_account": Int64(creditAccount).document,
            "amount": amount.document,
            "clears": .optional(clears),
            "proposed_by": proposedBy.document,
            "approved_by": approvedBy.document,
        ]
    }

    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        id = try fields.required("adjustment_id")
        merchantID = try fields.required("merchant_id")
        discrepancyID = try fields.required("discrepancy_id")
        debitAccount = try Self.account(try fields.required("debit_account"))
        creditAccount = try Self.account(try fields.required("credit_account"))
        amount = try fields.required("amount")
        clears = try fields.optional("clears")
        proposedBy = try fields.required("proposed_by")
        approvedBy = try fields.required("approved_by")
    }

    private static func account(_ number: Int64) throws(DocumentError) -> Int16 {
        guard let number = Int16(exactly: number) else {
            throw .invalidValue(type: "account number")
        }
        return number
    }
}
