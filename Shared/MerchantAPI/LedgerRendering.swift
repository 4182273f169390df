public import JSON
public import Money
public import Payments

/// A journal as the API shows it; the books themselves are rendered by nobody else.
public struct JournalView: Sendable {
    /// A leg; one of its two amounts is zero.
    public struct Leg: Sendable {
        let account: String
        let debitMinorUnits: Int64
        let creditMinorUnits: Int64

        /// Describes a leg by its account's identifier.
        public init(account: String, debitMinorUnits: Int64, creditMinorUnits: Int64) {
            self.account = account
            self.debitMinorUnits = debitMinorUnits
            self.creditMinorUnits = creditMinorUnits
        }
    }

    let id: JournalID
    let kind: String
    let currency: Currency
    let sourceID: String
    let occurredAt: Timestamp
    let legs: [Leg]

    /// Describes a journal.
    public init(
        id: JournalID,
        kind: String,
        currency: Currency,
        sourceID: String,
        occurredAt: Timestamp,
        legs: [Leg]
    ) {
        self.id = id
        self.kind = kind
        self.currency = currency
        self.sourceID = sourceID
        self.occurredAt = occurredAt
        self.legs = legs
    }
}

/// An account of the books as the API shows it.
public struct AccountView: Sendable {
    let id: String
    let code: Int64
    let name: String
    let title: String
    let type: String
    let normalSide: String
    let currency: Currency

    /// Describes an account.
    public init(
        id: String,
        code: Int64,
        name: String,
        title: String,
        type: String,
        normalSide: String,
        currency: Currency
    ) {
        self.id = id
        self.code = code
        self.name = name
        self.title = title
        self.type = type
        self.normalSide = normalSide
        self.currency = currency
    }
}

/// Renders the books.
extension ResourceRenderer {
    /// A journal; `event` is the event that tells merchants of the same fact.
    public func journal(_ journal: JournalView) -> JSON {
        let settlement = SettlementID(rawValue: journal.sourceID)
        let payout = PayoutID(rawValue: journal.sourceID)
        let event = APIEventID(
            stream: settlement.map { .settlement($0) } ?? payout.map { .payout($0) }
                ?? .payment(journal.id.paymentID),
            version: journal.id.version,
            index: 0
        )
        return [
            "id": .string(journal.id.rawValue),
            "object": "ledger.journal",
            "kind": .string(journal.kind),
            "occurred_at": .moment(journal.occurredAt),
            "event": .string(event.rawValue),
            "currency": .string(journal.currency.code),
            "payment_intent": settlement == nil && payout == nil
                ? .string(journal.id.paymentID.rawValue) : .null,
            "source": .string(journal.sourceID),
            "entries": .array(
                journal.legs.map { leg in
                    [
                        "account": .string(leg.account),
                        "debit": .integer(leg.debitMinorUnits),
                        "credit": .integer(leg.creditMinorUnits),
                    ]
                }
            ),
        ]
    }

    /// An account.
    public func account(_ account: AccountView) -> JSON {
        [
            "id": .string(account.id),
            "object": "ledger.account",
            "code": .integer(account.code),
            "name": .string(account.name),
            "title": .string(account.title),
            "type": .string(account.type),
            "normal_side": .string(account.normalSide),
            "currency": .string(account.currency.code),
        ]
    }

    /// An account's balance on its normal side, after everything before a moment.
    public func accountBalance(_ account: AccountView, _ balance: Money, at: Int64) -> JSON {
        [
            "object": "ledger.balance",
            "account": .string(account.id),
            "at": .integer(at),
            "balance": .integer(balance.minorUnits),
            "currency": .string(balance.currency.code),
            "normal_side": .string(account.normalSide),
        ]
    }

    /// The versions that are served, newest first, each with what it changed.
    public static func versions() -> [JSON] {
        APIVersion.served.reversed().map { version in
            let changes: [JSON] = VersionTransformation.all
                .filter { $0.introducedIn == version }
                .map { ["name": .string($0.name), "summary": .string($0.summary)] }
            return [
                "id": .string(version.rawValue),
                "object": "api_version",
                "changes": .array(changes),
                "current": .bool(version == .current),
            ]
        }
    }
}
