public import Money

/// What the network settles with us for one merchant, one currency and one cut-off.
///
/// The wire form is lines of 104 printable characters, each ended by a line feed:
///
/// | line | columns (width) |
/// |---|---|
/// | header | `01`, version `01`, acceptor (15), currency number (3), cut-off `yyyymmddhhmmss` UTC (14) |
/// | detail | `10` sale, `20` refund, `30` chargeback, `40` representment or `50` returned refund, number from 1 (8), reference (12), trace (6), amount (12), \
/// interchange (12), rule (8), transmission time `MMDDhhmmss` (10), original reference (12) |
/// | trailer | `99`, sales and other credits (8), refunds and other debits (8), their sums (16, 16), \
/// interchange (16), hash of references (16), hash of traces (16) |
///
/// Numbers are filled with zeros on the left, texts with blanks on the right. A hash total is the
/// sum of the references as base-36 numbers, or of the trace numbers, modulo 10¹⁶: a line that is
/// lost, doubled or changed shows in it even where amounts happen to agree.
public struct ClearingFile: Sendable, Hashable {
    /// The network's name for the merchant, field 42.
    public let acceptor: String
    /// The currency of all amounts.
    public let currency: Currency
    /// What came before this moment is inside, if no earlier file has it.
    public let cutOff: Timestamp
    /// The lines, in order.
    public let details: [ClearingDetail]

    /// Puts a file together.
    public init(
        acceptor: String,
        currency: Currency,
        cutOff: Timestamp,
        details: [ClearingDetail]
    ) {
        self.acceptor = acceptor
        self.currency = currency
        self.cutOff = cutOff
        self.details = details
    }

    /// The totals of the details.
    public var totals: ClearingTotals { ClearingTotals(details) }
}

/// One transaction in a clearing file.
public struct ClearingDetail: Sendable, Hashable {
    /// Which way the money went.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case sale = "10"
        case refund = "20"
        /// A cardholder's bank took a sale's money back.
        case chargeback = "30"
        /// The network gives back what a chargeback took.
        case representment = "40"
        /// A cardholder's bank sent a refund back.
        case refundReturn = "50"

        /// Whether the money comes to us.
        public var isCredit: Bool {
            switch self {
            case .sale, .representment, .refundReturn: true
            case .refund, .chargeback: false
            }
        }
    }

    /// Which way the money went.
    public let kind: Kind
    /// The retrieval reference, field 37.
    public let reference: String
    /// The trace number of the message that moved the money, field 11.
    public let traceNumber: Int32
    /// What was moved, in minor units.
    public let amountMinorUnits: Int64
    /// What the network keeps of it.
    public let interchangeMinorUnits: Int64
    /// The rule that the interchange was computed by.
    public let rule: String
    /// Field 7 of the message.
    public let transmissionTime: String
    /// Of a refund: the reference of the sale whose money goes back.
    public let original: String

    /// Puts a line together.
    public init(
        kind: Kind,
        reference: String,
        traceNumber: Int32,
        amountMinorUnits: Int64,
        interchangeMinorUnits: Int64,
        rule: String,
        transmissionTime: String,
        original: String = ""
    ) {
        self.kind = kind
        self.reference = reference
        self.traceNumber = traceNumber
        self.amountMinorUnits = amountMinorUnits
        self.interchangeMinorUnits = interchangeMinorUnits
        self.rule = rule
        self.transmissionTime = transmissionTime
        self.original = original
    }
}

/// The counts, sums and hash totals of a trailer.
public struct ClearingTotals: Sendable, Hashable {
    private static let modulus: UInt64 = 10_000_000_000_000_000

    /// How many sales and other credits there are.
    public var saleCount: Int64 = 0
    /// How many refunds and other debits there are.
    public var refundCount: Int64 = 0
    /// The sum of the sales and other credits.
    public var saleMinorUnits: Int64 = 0
    /// The sum of the refunds and other debits.
    public var refundMinorUnits: Int64 = 0
    /// The sum of the interchange.
    public var interchangeMinorUnits: Int64 = 0
    /// The hash total of the references.
    public var referenceHash: UInt64 = 0
    /// The hash total of the trace numbers.
    public var traceHash: UInt64 = 0

    /// What the network pays: sales less refunds less interchange; negative when it is owed.
    public var netMinorUnits: Int64 {
        saleMinorUnits - refundMinorUnits - interchangeMinorUnits
    }

    /// Totals of nothing.
    public init() {}

    /// Totals of some lines; sums stop at the end of their range instead of wrapping.
    public init(_ details: some Sequence<ClearingDetail>) {
        for detail in details { add(detail) }
    }

    mutating func add(_ detail: ClearingDetail) {
        if detail.kind.isCredit {
            saleCount += 1
            saleMinorUnits = Self.sum(saleMinorUnits, detail.amountMinorUnits)
        } else {
            refundCount += 1
            refundMinorUnits = Self.sum(refundMinorUnits, detail.amountMinorUnits)
        }
        interchangeMinorUnits = Self.sum(interchangeMinorUnits, detail.interchangeMinorUnits)
        // 36¹² is below 2⁶³, and a remainder below 10¹⁶: their sum fits.
        let number = UInt64(detail.reference, radix: 36) ?? 0
        referenceHash = (referenceHash + number % Self.modulus) % Self.modulus
        traceHash = (traceHash + UInt64(max(0, detail.traceNumber))) % Self.modulus
    }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? .max : sum
    }
}
