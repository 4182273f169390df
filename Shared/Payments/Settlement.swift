public import Money

/// Names a settlement batch, and names its event stream.
public struct SettlementID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "stl_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// A batch was opened for one merchant, one currency and one cut-off.
public struct SettlementCreated: Sendable, Equatable {
    /// The batch.
    public let settlementID: SettlementID
    /// Whose money it is.
    public let merchantID: MerchantID
    /// Whether it is real money.
    public let livemode: Bool
    /// In which currency.
    public let currency: Currency
    /// What was captured before this moment is inside.
    public let cutOffAt: Timestamp

    /// Creates the value from its parts.
    public init(
        settlementID: SettlementID,
        merchantID: MerchantID,
        livemode: Bool,
        currency: Currency,
        cutOffAt: Timestamp
    ) {
        self.settlementID = settlementID
        self.merchantID = merchantID
        self.livemode = livemode
        self.currency = currency
        self.cutOffAt = cutOffAt
    }
}

/// The network has settled what its clearing file and our books agree on.
public struct SettlementCleared: Sendable, Equatable {
    /// How many captured charges, with what banks gave back: won disputes and returned refunds.
    public let saleCount: Int64
    /// How many refunds and chargebacks.
    public let refundCount: Int64
    /// The sum of what came to us.
    public let sales: Money
    /// The sum of what went back.
    public let refunds: Money
    /// What the network kept.
    public let networkFees: Money

    /// Creates the value from its parts.
    public init(
        saleCount: Int64,
        refundCount: Int64,
        sales: Money,
        refunds: Money,
        networkFees: Money
    ) {
        self.saleCount = saleCount
        self.refundCount = refundCount
        self.sales = sales
        self.refunds = refunds
        self.networkFees = networkFees
    }
}

/// What is left of the charges for the merchant is available to it.
public struct SettlementCompleted: Sendable, Equatable {
    /// What moved from pending to available; negative where refunds were more.
    public let available: Money
    /// Items of ours that no line of the network's fits: they wait for the next batch.
    public let leftOutCount: Int64
    /// Lines of the network's that no item of ours fits: reported.
    public let unmatchedLineCount: Int64

    /// Creates the value from its parts.
    public init(available: Money, leftOutCount: Int64, unmatchedLineCount: Int64) {
        self.available = available
        self.leftOutCount = leftOutCount
        self.unmatchedLineCount = unmatchedLineCount
    }
}

/// A fact about a settlement batch.
public enum SettlementEvent: Sendable, Equatable {
    case created(SettlementCreated)
    case cleared(SettlementCleared)
    case completed(SettlementCompleted)

    /// The closed set of wire names.
    public enum Kind: String, Sendable, CaseIterable {
        case created = "settlement_created"
        case cleared = "settlement_cleared"
        case completed = "settlement_completed"
    }

    /// Which kind of fact it is.
    public var kind: Kind {
        switch self {
        case .created: .created
        case .cleared: .cleared
        case .completed: .completed
        }
    }
}

/// A settlement batch: what the network pays one merchant in one currency for one cut-off.
public struct Settlement: Sendable, Equatable {
    /// How it was opened.
    public let opening: SettlementCreated
    /// How many events it was folded from.
    public private(set) var version: Int32
    /// When it was opened.
    public let createdAt: Timestamp
    /// What the network settled, once it has.
    public private(set) var cleared: SettlementCleared?
    /// What became available, once it has.
    public private(set) var completed: SettlementCompleted?
    /// When it became available.
    public private(set) var completedAt: Timestamp?

    /// Its identifier.
    public var id: SettlementID { opening.settlementID }
    /// Whose money it is.
    public var merchantID: MerchantID { opening.merchantID }

    /// Folds one fact in; nil where the fact has no place there.
    public static func evolve(
        _ before: Settlement?,
        by event: SettlementEvent,
        version: Int32,
        at time: Timestamp
    ) -> Settlement? {
        switch (before, event) {
        case (nil, .created(let opening)):
            return Settlement(opening: opening, version: version, createdAt: time)
        case (.some(var settlement), .cleared(let facts)) where settlement.cleared == nil:
            settlement.cleared = facts
            settlement.version = version
            return settlement
        case (.some(var settlement), .completed(let facts))
        where settlement.cleared != nil && settlement.completed == nil:
            settlement.completed = facts
            settlement.completedAt = time
            settlement.version = version
            return settlement
        case (_, .created), (_, .cleared), (_, .completed):
            return nil
        }
    }

    init(
        opening: SettlementCreated,
        version: Int32,
        createdAt: Timestamp,
        cleared: SettlementCleared? = nil,
        completed: SettlementCompleted? = nil,
        completedAt: Timestamp? = nil
    ) {
        self.opening = opening
        self.version = version
        self.createdAt = createdAt
        self.cleared = cleared
        self.completed = completed
        self.completedAt = completedAt
    }
}
