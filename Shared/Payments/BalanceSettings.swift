public import JSON
import Money

/// Names a merchant's bank account.
public struct BankAccountID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "ba_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Names a merchant's settings of its balance, and names their event stream: the merchant's own
/// characters under another prefix.
public struct BalanceSettingsID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "bset_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }

    /// The settings of a merchant.
    public init(of merchantID: MerchantID) {
        self.init(checked: Self.prefix + merchantID.suffix)
    }
}

/// A bank account that payouts go to.
public struct PayoutDestination: Sendable, Equatable {
    /// The account's identifier.
    public let id: BankAccountID
    /// Who holds it.
    public let holder: String
    /// The account number.
    public let number: String
    /// The bank's number.
    public let routingNumber: String

    /// Creates the value from its parts.
    public init(id: BankAccountID, holder: String, number: String, routingNumber: String) {
        self.id = id
        self.holder = holder
        self.number = number
        self.routingNumber = routingNumber
    }
}

extension PayoutDestination: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            holder: try fields.required("holder"),
            number: try fields.required("number"),
            routingNumber: try fields.required("routing_number")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "id": id.document, "holder": holder.document, "number": number.document,
            "routing_number": routingNumber.document,
        ]
    }
}

/// When payouts are made.
public enum PayoutInterval: String, Sendable, CaseIterable, DocumentWord {
    /// Of each settlement, so many business days after it.
    case daily
    /// When the merchant asks.
    case manual
}

/// How a merchant's available balance is paid out.
public struct BalanceSettings: Sendable, Equatable {
    /// Whose balance it is.
    public let merchantID: MerchantID
    /// How many events it was folded from; 0 while the merchant has changed nothing.
    public private(set) var version: Int32
    /// When payouts are made.
    public var interval: PayoutInterval
    /// How many business days after its settlement money is paid out.
    public var delayDays: Int64
    /// The least that a scheduled payout pays, in minor units; what is less waits for the next.
    public var minimumMinorUnits: Int64
    /// Where payouts go.
    public var destination: PayoutDestination
    /// What the merchant's bank statement shows.
    public var statementDescriptor: String?

    /// The bank's test account that pays without a hitch; a new merchant's payouts go there.
    public static let testAccountNumber = "000123456789"
    /// The test bank's number.
    public static let testRoutingNumber = "110000000"

    /// What holds for a merchant that has changed nothing.
    public init(of merchant: Merchant) {
        merchantID = merchant.id
        version = 0
        interval = .daily
        delayDays = Int64(merchant.payoutDelayDays)
        minimumMinorUnits = 0
        destination = PayoutDestination(
            id: BankAccountID(checked: BankAccountID.prefix + merchant.id.suffix),
            holder: merchant.statementDescriptor,
            number: Self.testAccountNumber,
            routingNumber: Self.testRoutingNumber
        )
    }

    /// The same settings after one event more.
    func placed(at version: Int32) -> BalanceSettings {
        var settings = self
        settings.version = version
        return settings
    }
}

extension BalanceSettings: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        merchantID = try fields.required("merchant_id")
        version = try fields.required("version")
        interval = try fields.required("interval")
        delayDays = try fields.required("delay_days")
        minimumMinorUnits = try fields.required("minimum_minor_units")
        destination = try fields.required("destination")
        statementDescriptor = try fields.optional("statement_descriptor")
    }

    /// The stored form.
    public var document: JSON {
        [
            "merchant_id": merchantID.document,
            "version": version.document,
            "interval": interval.document,
            "delay_days": delayDays.document,
            "minimum_minor_units": minimumMinorUnits.document,
            "destination": destination.document,
            "statement_descriptor": .optional(statementDescriptor),
        ]
    }
}
