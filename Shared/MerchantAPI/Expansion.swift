/// The fields that a caller wants to see in full, as a tree of `expand` paths.
public struct Expansion: Sendable, Equatable {
    /// How many names a path may have.
    public static let maximumDepth = 4
    /// How many paths a request may give.
    public static let maximumPaths = 50

    private var children: [String: Expansion] = [:]

    /// Expands nothing.
    public static let none = Expansion()

    private init() {}

    /// Takes paths that have been checked already, such as those stored with a command.
    public init(paths: [String]) {
        for path in paths { insert(path.split(separator: ".").map(String.init)[...]) }
    }

    /// Checks that each path can be expanded, starting at a kind of object.
    public init(paths: [String], from kind: ResourceKind, inList: Bool = false) throws(APIError) {
        guard paths.count <= Self.maximumPaths else {
            throw .invalid(
                "You can expand at most \(Self.maximumPaths) paths.",
                parameter: "expand"
            )
        }
        for path in paths {
            let names = path.split(separator: ".", omittingEmptySubsequences: false)
                .map(String.init)
            guard Self.isExpandable(names, from: kind, inList: inList) else {
                throw .invalid("This property cannot be expanded (\(path)).", parameter: "expand")
            }
        }
        self.init(paths: paths)
    }

    /// The expansion below a field; nil when the field stays a bare identifier.
    public subscript(name: String) -> Expansion? { children[name] }

    private mutating func insert(_ names: ArraySlice<String>) {
        guard let first = names.first else { return }
        children[first, default: Expansion()].insert(names.dropFirst())
    }

    private static func isExpandable(
        _ names: [String],
        from kind: ResourceKind,
        inList: Bool
    ) -> Bool {
        var rest = names[...]
        if inList {
            guard rest.first == "data" else { return false }
            rest = rest.dropFirst()
        }
        guard !rest.isEmpty, rest.count <= maximumDepth else { return false }
        var current: [ResourceKind] = [kind]
        for name in rest {
            let next = current.compactMap { $0.expandable[name] }
            guard !next.isEmpty else { return false }
            current = next.flatMap { $0 }
        }
        return true
    }
}

/// The kinds of objects that the API shows.
public enum ResourceKind: String, Sendable, CaseIterable {
    case paymentIntent = "payment_intent"
    case charge
    case refund
    case paymentMethod = "payment_method"
    case token
    case balance
    case balanceTransaction = "balance_transaction"
    case event
    case ledgerJournal = "ledger.journal"
    case ledgerProof = "ledger.proof"
    case ledgerAccount = "ledger.account"
    case ledgerBalance = "ledger.balance"
    case demoMerchant = "demo_merchant"
    case refundList = "list of refunds"
    case apiVersion = "api_version"
    case webhookEndpoint = "webhook_endpoint"
    case webhookReplay = "webhook_replay"
    case webhookDelivery = "webhook_delivery"
    case settlement
    case settlementItem = "settlement.item"
    case payout
    case payoutTransaction = "payout.transaction"
    case balanceSettings = "balance_settings"
    case testClock = "test_helpers.test_clock"
    case dispute
    case earlyFraudWarning = "radar.early_fraud_warning"

    /// The fields that can be expanded, each with the kinds of object that it may show.
    ///
    /// A field with no kind is always null here (customers, reviews, transfers): asking for it is
    /// right, and asking for something inside of it is not.
    var expandable: [String: [ResourceKind]] {
        switch self {
        case .paymentIntent:
            [
                "latest_charge": [.charge], "payment_method": [.paymentMethod], "customer": [],
                "review": [], "on_behalf_of": [], "application": [],
            ]
        case .charge:
            [
                "balance_transaction": [.balanceTransaction], "payment_intent": [.paymentIntent],
                "refunds": [.refundList], "failure_balance_transaction": [.balanceTransaction],
                "customer": [], "dispute": [.dispute], "review": [], "application_fee": [],
                "transfer": [], "application": [], "on_behalf_of": [], "source_transfer": [],
            ]
        case .refund:
            [
                "charge": [.charge], "payment_intent": [.paymentIntent],
                "balance_transaction": [.balanceTransaction],
                "failure_balance_transaction": [.balanceTransaction], "customer": [],
                "source_transfer_reversal": [], "transfer_reversal": [],
            ]
        case .balanceTransaction: ["source": [.charge, .refund, .dispute]]
        case .dispute, .earlyFraudWarning:
            ["charge": [.charge], "payment_intent": [.paymentIntent]]
        case .paymentMethod: ["customer": []]
        case .payout:
            [
                "balance_transaction": [.balanceTransaction], "destination": [],
                "failure_balance_transaction": [.balanceTransaction], "original_payout": [],
                "reversed_by": [],
            ]
        case .refundList: ["data": [.refund]]
        case .token, .balance, .event, .ledgerJournal, .ledgerProof, .ledgerAccount,
            .payoutTransaction, .balanceSettings, .ledgerBalance, .demoMerchant, .apiVersion,
            .settlement, .settlementItem, .testClock, .webhookEndpoint,
            .webhookReplay, .webhookDelivery:
            [:]
        }
    }
}
