import JSON

/// A fact about a payment; the past participles of the event store.
///
/// A type's wire name and version are data (``EventCatalog``); stored events are never rewritten.
public enum PaymentEvent: Sendable, Equatable {
    case created(PaymentCreated)
    case updated(PaymentUpdated)
    case authorizationUnknown(AuthorizationUnknown)
    case authorized(PaymentAuthorized)
    case failed(PaymentFailed)
    case captureRequested(CaptureRequested)
    case captured(PaymentCaptured)
    case voidRequested(VoidRequested)
    case canceled(PaymentCanceled)
    case expired(PaymentExpired)
    case refundRequested(RefundRequested)
    case refundIssued(RefundIssued)
    case refundFailed(RefundFailed)
    case refundUpdated(RefundUpdated)
    case refundDeferred(RefundDeferred)
    case refundCanceled(RefundCanceled)
    case refundExpired(RefundExpired)
    case refundReturned(RefundReturned)
    case disputeFundsWithdrawn(DisputeMovement)
    case disputeFeeCharged(DisputeMovement)
    case disputeChargedBack(DisputeMovement)
    case disputeRepresented(DisputeMovement)
    case disputeFundsReinstated(DisputeMovement)
    case disputeFeeReturned(DisputeMovement)
    case disputeOpened(DisputeOpened)
    case disputeEscalated(DisputeEscalated)
    case disputeUpdated(DisputeUpdated)
    case disputeEvidenceSubmitted(DisputeEvidenceSubmitted)
    case disputeClosed(DisputeClosed)
    case fraudWarningReceived(FraudWarningReceived)

    /// The wire name, `payment_captured`.
    public var type: String { kind.rawValue }

    /// The closed set of wire names.
    public enum Kind: String, Sendable, CaseIterable {
        case created = "payment_created"
        case updated = "payment_updated"
        case authorizationUnknown = "authorization_unknown"
        case authorized = "payment_authorized"
        case failed = "payment_failed"
        case captureRequested = "capture_requested"
        case captured = "payment_captured"
        case voidRequested = "void_requested"
        case canceled = "payment_canceled"
        case expired = "payment_expired"
        case refundRequested = "refund_requested"
        case refundIssued = "refund_issued"
        case refundFailed = "refund_failed"
        case refundUpdated = "refund_updated"
        case refundDeferred = "refund_deferred"
        case refundCanceled = "refund_canceled"
        case refundExpired = "refund_expired"
        case refundReturned = "refund_returned"
        case disputeFundsWithdrawn = "dispute_funds_withdrawn"
        case disputeFeeCharged = "dispute_fee_charged"
        case disputeChargedBack = "dispute_charged_back"
        case disputeRepresented = "dispute_represented"
        case disputeFundsReinstated = "dispute_funds_reinstated"
        case disputeFeeReturned = "dispute_fee_returned"
        case disputeOpened = "dispute_opened"
        case disputeEscalated = "dispute_escalated"
        case disputeUpdated = "dispute_updated"
        case disputeEvidenceSubmitted = "dispute_evidence_submitted"
        case disputeClosed = "dispute_closed"
        case fraudWarningReceived = "fraud_warning_received"
    }

    /// Which kind of fact it is.
    public var kind: Kind {
        switch self {
        case .created: .created
        case .updated: .updated
        case .authorizationUnknown: .authorizationUnknown
        case .authorized: .authorized
        case .failed: .failed
        case .captureRequested: .captureRequested
        case .captured: .captured
        case .voidRequested: .voidRequested
        case .canceled: .canceled
        case .expired: .expired
        case .refundRequested: .refundRequested
        case .refundIssued: .refundIssued
        case .refundFailed: .refundFailed
        case .refundUpdated: .refundUpdated
        case .refundDeferred: .refundDeferred
        case .refundCanceled: .refundCanceled
        case .refundExpired: .refundExpired
        case .refundReturned: .refundReturned
        case .disputeFundsWithdrawn: .disputeFundsWithdrawn
        case .disputeFeeCharged: .disputeFeeCharged
        case .disputeChargedBack: .disputeChargedBack
        case .disputeRepresented: .disputeRepresented
        case .disputeFundsReinstated: .disputeFundsReinstated
        case .disputeFeeReturned: .disputeFeeReturned
        case .disputeOpened: .disputeOpened
        case .disputeEscalated: .disputeEscalated
        case .disputeUpdated: .disputeUpdated
        case .disputeEvidenceSubmitted: .disputeEvidenceSubmitted
        case .disputeClosed: .disputeClosed
        case .fraudWarningReceived: .fraudWarningReceived
        }
    }

    /// Whether the fact moves money, so that exactly one journal belongs to it.
    public var movesMoney: Bool {
        switch kind {
        case .captured, .refundRequested, .refundIssued, .refundFailed, .refundReturned,
            .disputeFundsWithdrawn, .disputeFeeCharged, .disputeChargedBack,
            .disputeRepresented, .disputeFundsReinstated, .disputeFeeReturned:
            true
        case .created, .updated, .authorizationUnknown, .authorized, .failed, .captureRequested,
            .voidRequested, .canceled, .expired, .refundUpdated, .refundDeferred,
            .refundCanceled, .refundExpired, .disputeOpened, .disputeEscalated,
            .disputeUpdated, .disputeEvidenceSubmitted, .disputeClosed, .fraudWarningReceived:
            false
        }
    }

    /// The fact's own properties.
    var facts: JSON {
        switch self {
        case .created(let facts): facts.document
        case .updated(let facts): facts.document
        case .authorizationUnknown(let facts): facts.document
        case .authorized(let facts): facts.document
        case .failed(let facts): facts.document
        case .captureRequested(let facts): facts.document
        case .captured(let facts): facts.document
        case .voidRequested(let facts): facts.document
        case .canceled(let facts): facts.document
        case .expired(let facts): facts.document
        case .refundRequested(let facts): facts.document
        case .refundIssued(let facts): facts.document
        case .refundFailed(let facts): facts.document
        case .refundUpdated(let facts): facts.document
        case .refundDeferred(let facts): facts.document
        case .refundCanceled(let facts): facts.document
        case .refundExpired(let facts): facts.document
        case .refundReturned(let facts): facts.document
        case .disputeFundsWithdrawn(let facts): facts.document
        case .disputeFeeCharged(let facts): facts.document
        case .disputeChargedBack(let facts): facts.document
        case .disputeRepresented(let facts): facts.document
        case .disputeFundsReinstated(let facts): facts.document
        case .disputeFeeReturned(let facts): facts.document
        case .disputeOpened(let facts): facts.document
        case .disputeEscalated(let facts): facts.document
        case .disputeUpdated(let facts): facts.document
        case .disputeEvidenceSubmitted(let facts): facts.document
        case .disputeClosed(let facts): facts.document
        case .fraudWarningReceived(let facts): facts.document
        }
    }

    init(kind: Kind, facts: JSON) throws(DocumentError) {
        switch kind {
        case .created: self = .created(try PaymentCreated(document: facts))
        case .updated: self = .updated(try PaymentUpdated(document: facts))
        case .authorizationUnknown:
            self = .authorizationUnknown(try AuthorizationUnknown(document: facts))
        case .authorized: self = .authorized(try PaymentAuthorized(document: facts))
        case .failed: self = .failed(try PaymentFailed(document: facts))
        case .captureRequested: self = .captureRequested(try CaptureRequested(document: facts))
        case .captured: self = .captured(try PaymentCaptured(document: facts))
        case .voidRequested: self = .voidRequested(try VoidRequested(document: facts))
        case .canceled: self = .canceled(try PaymentCanceled(document: facts))
        case .expired: self = .expired(try PaymentExpired(document: facts))
        case .refundRequested: self = .refundRequested(try RefundRequested(document: facts))
        case .refundIssued: self = .refundIssued(try RefundIssued(document: facts))
        case .refundFailed: self = .refundFailed(try RefundFailed(document: facts))
        case .refundUpdated: self = .refundUpdated(try RefundUpdated(document: facts))
        case .refundDeferred: self = .refundDeferred(try RefundDeferred(document: facts))
        case .refundCanceled: self = .refundCanceled(try RefundCanceled(document: facts))
        case .refundExpired: self = .refundExpired(try RefundExpired(document: facts))
        case .refundReturned: self = .refundReturned(try RefundReturned(document: facts))
        case .disputeFundsWithdrawn:
            self = .disputeFundsWithdrawn(try DisputeMovement(document: facts))
        case .disputeFeeCharged: self = .disputeFeeCharged(try DisputeMovement(document: facts))
        case .disputeChargedBack: self = .disputeChargedBack(try DisputeMovement(document: facts))
        case .disputeRepresented: self = .disputeRepresented(try DisputeMovement(document: facts))
        case .disputeFundsReinstated:
            self = .disputeFundsReinstated(try DisputeMovement(document: facts))
        case .disputeFeeReturned: self = .disputeFeeReturned(try DisputeMovement(document: facts))
        case .disputeOpened: self = .disputeOpened(try DisputeOpened(document: facts))
        case .disputeEscalated: self = .disputeEscalated(try DisputeEscalated(document: facts))
        case .disputeUpdated: self = .disputeUpdated(try DisputeUpdated(document: facts))
        case .disputeEvidenceSubmitted:
            self = .disputeEvidenceSubmitted(try DisputeEvidenceSubmitted(document: facts))
        case .disputeClosed: self = .disputeClosed(try DisputeClosed(document: facts))
        case .fraudWarningReceived:
            self = .fraudWarningReceived(try FraudWarningReceived(document: facts))
        }
    }
}
