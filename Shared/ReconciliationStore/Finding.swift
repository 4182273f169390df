public import Money

/// One break that a check found.
public struct Finding: Sendable, Equatable {
    /// What kind of break it is.
    public let kind: DiscrepancyClass
    /// What it is about; with the class and the currency it tells one break from another.
    public let subject: String
    /// Whose business it is, where it is one merchant's.
    public let merchantID: String?
    /// The currency of the amounts.
    public let currencyCode: String?
    /// What should be, in minor units.
    public let expectedMinorUnits: Int64?
    /// What is, in minor units.
    public let actualMinorUnits: Int64?
    /// The identifier on the side that is trusted: an event, a sum of entries, our own books.
    public let leftID: String?
    /// The identifier on the side that was compared with it.
    public let rightID: String?
    /// When what it is about was recorded, where that is known.
    public let occurredAt: Timestamp?
    /// More in words: identifiers, states and amounts, nothing secret.
    public let detail: String

    /// Describes a break.
    public init(
        _ kind: DiscrepancyClass,
        _ subject: String,
        merchantID: String? = nil,
        currencyCode: String? = nil,
        expectedMinorUnits: Int64? = nil,
        actualMinorUnits: Int64? = nil,
        leftID: String? = nil,
        rightID: String? = nil,
        occurredAt: Timestamp? = nil,
        detail: String = ""
    ) {
        self.kind = kind
        self.subject = subject
        self.merchantID = merchantID
        self.currencyCode = currencyCode
        self.expectedMinorUnits = expectedMinorUnits
        self.actualMinorUnits = actualMinorUnits
        self.leftID = leftID
        self.rightID = rightID
        self.occurredAt = occurredAt
        self.detail = detail
    }
}
