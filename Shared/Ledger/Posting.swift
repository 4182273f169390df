public import Money
public import Payments

/// What a journal is about; the `source` of the merchant's balance transaction.
public enum JournalSource: Sendable, Hashable {
    case charge(ChargeID)
    case refund(RefundID)
    case settlement(SettlementID)
    case dispute(DisputeID)
    case payout(PayoutID)
    case adjustment(AdjustmentID)

    /// The identifier as merchants see it.
    public var rawValue: String {
        switch self {
        case .charge(let id): id.rawValue
        case .refund(let id): id.rawValue
        case .settlement(let id): id.rawValue
        case .dispute(let id): id.rawValue
        case .payout(let id): id.rawValue
        case .adjustment(let id): id.rawValue
        }
    }
}

/// The one journal of one money event, ready to be posted.
///
/// Its identifier is derived from the payment and the event's version, so posting it twice is seen,
/// and each money event has exactly one.
public struct Posting: Sendable, Hashable {
    /// The journal's identifier.
    public let id: JournalID
    /// The merchant whose business it is.
    public let merchantID: MerchantID
    /// What it is about.
    public let source: JournalSource
    /// The entries.
    public let journal: Journal
    /// When the fact took effect.
    public let effectiveAt: Timestamp

    /// The stream of the fact.
    public let stream: StreamID

    /// The journal of an event; nil exactly when the event moves no money.
    ///
    /// - Parameters:
    ///   - event: The fact.
    ///   - version: The fact's place in the payment's stream.
    ///   - effectiveAt: When it took effect.
    ///   - payment: The payment just before or just after the fact.
    /// - Throws: When the fact's amounts make no journal; events that were decided never do that.
    public init?(
        of event: PaymentEvent,
        version: Int32,
        effectiveAt: Timestamp,
        in payment: Payment
    ) throws(LedgerError) {
        guard let facts = MoneyFacts(event) else { return nil }
        self.init(
            id: JournalID(paymentID: payment.id, version: version),
            stream: .payment(payment.id),
            merchantID: payment.merchantID,
            source: facts.source,
            journal: try facts.template.journal(
                for: payment.merchantID,
                JournalAmounts(gross: facts.gross, fee: facts.fee)
            ),
            effectiveAt: effectiveAt
        )
    }

    /// The journal of a settlement's fact; nil exactly when it moves no money.
    public init?(
        of event: SettlementEvent,
        version: Int32,
        effectiveAt: Timestamp,
        in settlement: Settlement
    ) throws(LedgerError) {
        let merchantID = settlement.merchantID
        let journal: Journal?
        switch event {
        case .created: journal = nil
        case .cleared(let facts):
            journal = try NettingTemplate.networkSettled.journal(
                for: merchantID,
                [.sales: facts.sales, .refunds: facts.refunds, .networkFees: facts.networkFees]
            )
        case .completed(let facts):
            journal = try NettingTemplate.madeAvailable.journal(
                for: merchantID,
                [.available: facts.available]
            )
        }
        guard let journal else { return nil }
        self.init(
            id: JournalID(settlementID: settlement.id, version: version),
            stream: .settlement(settlement.id),
            merchantID: merchantID,
            source: .settlement(settlement.id),
            journal: journal,
            effectiveAt: effectiveAt
        )
    }

    /// The journal of a payout's fact; nil exactly when it moves no money.
    public init?(
        of event: PayoutEvent,
        version: Int32,
        effectiveAt: Timestamp,
        in payout: Payout
    ) throws(LedgerError) {
        let template: JournalTemplate
        switch event {
        case .created: template = .payoutCreated
        case .paid: template = .payoutPaid
        case .returned: template = .payoutReturned
        case .failed, .canceled: template = .payoutReversed
        case .updated, .sent: return nil
        }
        let amounts = try JournalAmounts(gross: payout.amount, fee: .zero(payout.amount.currency))
        self.init(
            id: JournalID(payoutID: payout.id, version: version),
            stream: .payout(payout.id),
            merchantID: payout.merchantID,
            source: .payout(payout.id),
            journal: try template.journal(for: payout.merchantID, amounts),
            effectiveAt: effectiveAt
        )
    }

    /// The journal of an adjustment.
    ///
    /// - Throws: When it names accounts that nobody may adjust, or that are the same.
    public init(of adjustment: Adjustment, effectiveAt: Timestamp) throws(LedgerError) {
        self.init(
            id: JournalID(adjustmentID: adjustment.id),
            stream: .adjustment(adjustment.id),
            merchantID: adjustment.merchantID,
            source: .adjustment(adjustment.id),
            journal: try JournalTemplate.adjusted(
                debit: adjustment.debitAccount,
                credit: adjustment.creditAccount
            ).journal(
                for: adjustment.merchantID,
                JournalAmounts(gross: adjustment.amount, fee: .zero(adjustment.amount.currency))
            ),
            effectiveAt: effectiveAt
        )
    }

    private init(
        id: JournalID,
        stream: StreamID,
        merchantID: MerchantID,
        source: JournalSource,
        journal: Journal,
        effectiveAt: Timestamp
    ) {
        self.id = id
        self.stream = stream
        self.merchantID = merchantID
        self.source = source
        self.journal = journal
        self.effectiveAt = effectiveAt
    }
}

/// What the books need to know of a money event.
private struct MoneyFacts {
    let template: JournalTemplate
    let source: JournalSource
    let gross: Money
    let fee: Money

    init(_ template: JournalTemplate, _ source: JournalSource, gross: Money, fee: Money) {
        self.template = template
        self.source = source
        self.gross = gross
        self.fee = fee
    }

    init?(_ event: PaymentEvent) {
        switch event {
        case .captured(let facts):
            self.init(.captured, .charge(facts.chargeID), gross: facts.amount, fee: facts.fee)
        case .refundRequested(let facts):
            self.init(
                facts.isAfterSettlement
                    ? .refundRequestedAfterSettlement : .refundRequestedBeforeSettlement,
                .refund(facts.refundID),
                gross: facts.amount,
                fee: facts.feeReturned
            )
        case .refundIssued(let facts):
            self.init(
                .refundCleared,
                .refund(facts.refundID),
                gross: facts.amount,
                fee: .zero(facts.amount.currency)
            )
        case .refundFailed(let facts):
            self.init(
                .refundFailed,
                .refund(facts.refundID),
                gross: facts.amount,
                fee: facts.feeReturned
            )
        case .created, .updated, .authorizationUnknown, .authorized, .failed, .captureRequested,
            .voidRequested, .canceled, .expired, .refundUpdated, .refundDeferred,
            .refundCanceled, .refundExpired, .disputeOpened, .disputeEscalated,
            .disputeUpdated, .disputeEvidenceSubmitted, .disputeClosed, .fraudWarningReceived:
            return nil
        case .refundReturned(let facts):
            self.init(
                .refundReturned,
                .refund(facts.refundID),
                gross: facts.amount,
                fee: .zero(facts.amount.currency)
            )
        case .disputeFundsWithdrawn(let facts): self.init(.disputeFundsWithdrawn, facts)
        case .disputeFeeCharged(let facts): self.init(.disputeFeeCharged, facts)
        case .disputeChargedBack(let facts): self.init(.disputeChargedBack, facts)
        case .disputeRepresented(let facts): self.init(.disputeRepresented, facts)
        case .disputeFundsReinstated(let facts): self.init(.disputeFundsReinstated, facts)
        case .disputeFeeReturned(let facts): self.init(.disputeFeeReturned, facts)
        }
    }

    private init(_ template: JournalTemplate, _ facts: DisputeMovement) {
        self.init(
            template,
            .dispute(facts.disputeID),
            gross: facts.amount,
            fee: .zero(facts.amount.currency)
        )
    }
}
