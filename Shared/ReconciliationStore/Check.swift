public import Money
import Postgres

/// A family of checks that can be asked for by name.
public enum CheckName: String, Sendable, Hashable, CaseIterable {
    /// Entries, journals and balances among themselves.
    case books
    /// Events, their journals and their projections.
    case events
    /// Clearing accounts against what is in flight.
    case clearing
    /// Captures, the network's clearing files and what was settled.
    case settlements
    /// Our books and the bank's own account of our money.
    case bank
    /// What waits for an end past its deadline.
    case deadlines
    /// Our books against the network's own record.
    case network
    /// Sealed journals against their seals.
    case seals
}

/// Which part of the store a run looks at; empty means all of it.
public struct CheckScope: Sendable, Equatable {
    /// Only what was recorded from this moment on.
    public var from: Timestamp?
    /// Only what was recorded before this moment.
    public var before: Timestamp?
    /// Only this merchant's.
    public var merchantID: String?
    /// Only this currency's.
    public var currencyCode: String?
    /// Only these families of checks.
    public var checks: Set<CheckName> = Set(CheckName.allCases)

    /// All of the store.
    public init() {}

    /// Whether nothing but families of checks is left out.
    public var isWholeStore: Bool {
        from == nil && before == nil && merchantID == nil && currencyCode == nil
    }

    var fromBound: PostgresTimestamp { PostgresTimestamp(from ?? .distantPast) }
    var beforeBound: PostgresTimestamp { PostgresTimestamp(before ?? .distantFuture) }
}

/// How long something may wait for its end.
public struct Deadlines: Sendable, Equatable {
    /// A command, from its submission on.
    public var workSeconds: Int64 = 15 * 60
    /// A webhook that is due at an endpoint, which nobody has served since.
    public var deliverySeconds: Int64 = 15 * 60
    /// A payment with an open outcome, from the moment at which somebody must look again.
    public var paymentSeconds: Int64 = 24 * 60 * 60
    /// How long what the network did may take to reach our books.
    public var networkSeconds: Int64 = 60
    /// A captured charge or a cleared refund, from its message on to a clearing file with it: two
    /// cut-offs with the longest holidays between them.
    public var settlementSeconds: Int64 = 12 * 24 * 60 * 60
    /// A line of a clearing file, until an item of ours fits it.
    public var lineSeconds: Int64 = 24 * 60 * 60
    /// What the network is to pay for a clearing file, from the cut-off on to the bank's word of it:
    /// longer than the longest holidays, since a bank ends no day on which nothing moves.
    public var clearingMoneySeconds: Int64 = 30 * 24 * 60 * 60
    /// A payout, from its day on to the bank's answer: then the bank is asked to investigate.
    public var payoutSeconds: Int64 = 5 * 24 * 60 * 60

    /// The defaults.
    public init() {}
}

/// What a check is given.
struct CheckContext: Sendable {
    /// One transaction with one snapshot: all checks of a run see the same store.
    let executor: any PostgresExecutor
    let scope: CheckScope
    /// What is new is after this place; nil for everything.
    let since: Watermark?
    let now: Timestamp
    let deadlines: Deadlines
    /// The most breaks that one check lists.
    let limit: Int
    /// Makes the fingerprints of a run unpredictable for whoever forged the rows.
    let seed: Int64
    let progress: @Sendable (RunProgress) async -> Void

    /// Whether every row is looked at.
    var isWhole: Bool { since == nil && scope.isWholeStore }
}

/// How far a check has come.
public struct RunProgress: Sendable, Equatable {
    /// The check.
    public let check: CheckName
    /// What it is doing.
    public let activity: String
    /// Rows looked at so far.
    public let rows: Int
}

/// What a check found.
struct CheckOutcome: Sendable {
    var rows = 0
    var findings: [Finding] = []
    /// Whether more was found than is listed.
    var isTruncated = false

    mutating func add(_ found: [Finding], limit: Int) {
        let room = max(0, limit - findings.count)
        findings += found.prefix(room)
        isTruncated = isTruncated || found.count > room
    }
}

extension Timestamp {
    /// The first moment of year 1, before anything that is recorded.
    static let distantPast = Timestamp(secondsSinceEpoch: -62_135_596_800)
    /// The first moment of year 10000, after anything that is recorded.
    static let distantFuture = Timestamp(secondsSinceEpoch: 253_402_300_800)
}

extension PostgresTimestamp {
    /// A moment of the rules as the database's.
    init(_ time: Timestamp) {
        self.init(microsecondsSinceEpoch: time.microsecondsSinceEpoch)
    }

    /// The database's moment as the rules'.
    var moment: Timestamp { Timestamp(microsecondsSinceEpoch: microsecondsSinceEpoch) }
}
