public import Money
public import Payments

/// What a journal is about; the `source` of the merchant's balance transaction.
public enum JournalSource: Sendable, Hashable {
    case charge(ChargeID)
    case refund(RefundID)

    /// The identifier as merchants see it.
    public var rawValue: String {
        switch self {
        case .charge(let id): id.rawValue
        case .refund(let id): id.rawValue
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

    /// The payment whose business it is.
    public var paymentID: PaymentID { id.paymentID }

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
        guard let facts = MoneyFacts(event, isSettled: payment.wasSettled) else { return nil }
        self.init(
            id: JournalID(paymentID: payment.id, version: version),
            merchantID: payment.merchantID,
            source: facts.source,
            journal: try facts.template.journal(
                for: payment.merchantID,
                JournalAmounts(gross: facts.gross, fee: facts.fee)
            ),
            effectiveAt: effectiveAt
        )
    }

    private init(
        id: JournalID,
        merchantID: MerchantID,
        source: JournalSource,
        journal: Journal,
        effectiveAt: Timestamp
    ) {
        self.id = id
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

    init?(_ event: PaymentEvent, isSettled: Bool) {
        switch event {
        case .captured(let facts):
            self.init(.captured, .charge(facts.chargeID), gross: facts.amount, fee: facts.fee)
        case .refundRequested(let facts):
            self.init(
                isSettled ? .refundRequestedAfterSettlement : .refundRequestedBeforeSettlement,
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
            .voidRequested, .canceled, .expired, .refundUpdated:
            return nil
        }
    }
}

extension Payment {
    /// Whether the network has settled the captured amount, so that it is available to the merchant.
    fileprivate var wasSettled: Bool { lifecycle.contains { $0.state == .settled } }
}
