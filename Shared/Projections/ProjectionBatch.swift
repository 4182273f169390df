public import Payments
public import Postgres

/// Aggregates whose rows are to be written, in one set-based statement per table.
///
/// A row holds nothing that is not a fold of events, so writing it again changes nothing, and a
/// rebuild comes to the same bytes.
public struct ProjectionBatch: Sendable {
    private var payments = RowBatch<Payment>()
    private var paymentMethods = RowBatch<PaymentMethod>()
    private var cardTokens: [CardToken] = []
    private var merchants: [Merchant] = []
    private var webhookEndpoints: [WebhookEndpoint] = []
    private var settlements: [Settlement] = []
    private var payouts: [Payout] = []
    private var balanceSettings: [BalanceSettings] = []

    /// Nothing to write.
    public init() {}

    /// Adds those aggregates that have events in one of these streams.
    ///
    /// - Parameters:
    ///   - aggregates: The aggregates after the events.
    ///   - changed: The streams that have events.
    ///   - begun: Those of them whose first event is among these, so that they have no row yet:
    ///     where nothing can be in the way, nothing has to be looked for.
    public mutating func add(
        _ aggregates: Aggregates,
        changed: Set<StreamID>,
        begun: Set<StreamID> = []
    ) {
        if let payment = aggregates.payment, changed.contains(.payment(payment.id)) {
            payments.add(payment, isNew: begun.contains(.payment(payment.id)))
        }
        if let method = aggregates.paymentMethod, changed.contains(.paymentMethod(method.id)) {
            paymentMethods.add(method, isNew: begun.contains(.paymentMethod(method.id)))
        }
        if let token = aggregates.cardToken, changed.contains(.cardToken(token.id)) {
            cardTokens.append(token)
        }
        if let merchant = aggregates.merchant, changed.contains(.merchant(merchant.id)) {
            merchants.append(merchant)
        }
        if let endpoint = aggregates.webhookEndpoint,
            changed.contains(.webhookEndpoint(endpoint.id))
        {
            webhookEndpoints.append(endpoint)
        }
        if let settlement = aggregates.settlement, changed.contains(.settlement(settlement.id)) {
            settlements.append(settlement)
        }
        if let payout = aggregates.payout, changed.contains(.payout(payout.id)) {
            payouts.append(payout)
        }
        if let settings = aggregates.balanceSettings,
            changed.contains(.balanceSettings(BalanceSettingsID(of: settings.merchantID)))
        {
            balanceSettings.append(settings)
        }
    }

    /// The statements that write the rows; they run in the transaction that appends the events,
    /// after the events.
    public var statements: [Query] { statements(into: .live) }

    func statements(into place: ProjectionPlace) -> [Query] {
        var statements: [Query] = []
        for (payments, areNew) in payments.parts {
            statements.append(PaymentRows.write(payments, into: place, areNew: areNew))
            let charges = payments.flatMap { payment in payment.attempts.map { (payment, $0) } }
            if !charges.isEmpty {
                statements.append(PaymentRows.charges(charges, into: place, areNew: areNew))
            }
            let refunds = payments.flatMap { payment in payment.refunds.map { (payment, $0) } }
            if !refunds.isEmpty { statements.append(PaymentRows.refunds(refunds, into: place)) }
            let disputes = payments.flatMap { payment in payment.disputes.map { (payment, $0) } }
            if !disputes.isEmpty {
                statements.append(DisputeRows.disputes(disputes, into: place))
            }
            let warnings = payments.flatMap { payment in
                payment.fraudWarnings.map { (payment, $0) }
            }
            if !warnings.isEmpty {
                statements.append(DisputeRows.warnings(warnings, into: place))
            }
        }
        for (methods, areNew) in paymentMethods.parts {
            statements.append(CardRows.methods(methods, into: place, areNew: areNew))
        }
        if !cardTokens.isEmpty { statements.append(CardRows.tokens(cardTokens, into: place)) }
        if !merchants.isEmpty {
            statements.append(MerchantRows.upsert(merchants, into: place))
            let keys = merchants.flatMap { merchant in merchant.keys.map { (merchant, $0) } }
            if !keys.isEmpty { statements.append(MerchantRows.keys(keys, into: place)) }
        }
        if !webhookEndpoints.isEmpty {
            statements.append(WebhookEndpointRows.upsert(webhookEndpoints, into: place))
        }
        if !settlements.isEmpty {
            statements.append(SettlementRows.upsert(settlements, into: place))
        }
        if !payouts.isEmpty { statements.append(PayoutRows.upsert(payouts, into: place)) }
        if !balanceSettings.isEmpty {
            statements.append(PayoutRows.settings(balanceSettings, into: place))
        }
        return statements
    }
}

/// Aggregates of one kind, those that have no row yet apart from the others.
private struct RowBatch<Aggregate: Sendable>: Sendable {
    private var new: [Aggregate] = []
    private var known: [Aggregate] = []

    mutating func add(_ aggregate: Aggregate, isNew: Bool) {
        if isNew { new.append(aggregate) } else { known.append(aggregate) }
    }

    /// The parts that have any.
    var parts: [(aggregates: [Aggregate], areNew: Bool)] {
        [(new, true), (known, false)].filter { !$0.0.isEmpty }
    }
}

/// Where rows are written: what the API reads, or the tables that a rebuild fills beside them.
enum ProjectionPlace: Sendable {
    case live
    case shadow

    /// The schema, as the program spells it in a statement.
    var schema: StaticString {
        switch self {
        case .live: "public"
        case .shadow: "rebuild"
        }
    }
}
