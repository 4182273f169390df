public import JSON
public import Money

/// Names a dispute.
public struct DisputeID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "du_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Money that the network moved by a notice of its own, as its clearing file will name it.
public struct NetworkMovement: Sendable, Equatable {
    /// Field 37 of the movement, made by the network.
    public let reference: NetworkReference
    /// Field 11 of it.
    public let traceNumber: Int32

    /// Names a movement.
    public init(reference: NetworkReference, traceNumber: Int32) {
        self.reference = reference
        self.traceNumber = traceNumber
    }
}

/// The merchant's money that a dispute took, or gave back; one balance transaction.
public struct DisputeFunds: Sendable, Equatable {
    /// What was taken or given back.
    public internal(set) var amount: Money
    /// The dispute fee that went with it; may be nothing.
    public internal(set) var fee: Money
    /// When.
    public internal(set) var movedAt: Timestamp
    /// The version of the event, from which the balance transaction is named.
    public internal(set) var version: Int32
    /// What the network moved, once it is booked.
    public internal(set) var movement: NetworkMovement?
}

/// One line of a dispute's history.
public struct DisputeEntry: Sendable, Equatable {
    /// The status that was entered.
    public let status: DisputeStatus
    /// When the event was recorded.
    public let at: Timestamp
}

/// A cardholder's objection to a charge, brought by the network; a child of its payment.
public struct Dispute: Sendable, Equatable {
    /// The most characters of evidence, all texts together.
    public static let maximumEvidenceCharacters = 150_000
    /// How long the customer's bank looks at evidence before it decides by what it has.
    public static let reviewSeconds: Int64 = 75 * 24 * 60 * 60

    /// Its identifier.
    public internal(set) var id: DisputeID
    /// The charge.
    public internal(set) var chargeID: ChargeID
    /// What is disputed.
    public internal(set) var amount: Money
    /// Why.
    public internal(set) var reason: DisputeReason
    /// Why, in the network's own code.
    public internal(set) var networkReasonCode: String
    /// The network's name for the case: the reference of the notice that opened it.
    public internal(set) var networkCase: NetworkReference
    /// Until when the merchant may answer.
    public internal(set) var dueBy: Timestamp
    /// The evidence so far, by field; an object of texts.
    public internal(set) var evidence: JSON
    /// When the evidence went to the network; it goes once.
    public internal(set) var submittedAt: Timestamp?
    /// The command whose answer the network took.
    public internal(set) var response: NetworkReference?
    /// The merchant's pairs.
    public internal(set) var metadata: Metadata
    /// Its history, oldest first.
    public internal(set) var history: [DisputeEntry]
    /// Our fee for it, once charged.
    public internal(set) var fee: Money?
    /// The part of the fee that came back on a win.
    public internal(set) var feeReturned: Money?
    /// What it took from the merchant, if it did.
    public internal(set) var withdrawal: DisputeFunds?
    /// What came back, if it did.
    public internal(set) var reinstatement: DisputeFunds?
    /// What the network gives back after a win, until the merchant has it.
    public internal(set) var returning: NetworkMovement?
    /// When it was recorded.
    public internal(set) var createdAt: Timestamp

    /// Where it stands.
    public var status: DisputeStatus { history.last?.status ?? .needsResponse }
    /// Whether the customer's bank has the money.
    public var holdsMoney: Bool { withdrawal != nil && reinstatement == nil }
    /// Whether it began as an inquiry or is one.
    public var isInquiry: Bool { status.isInquiry }
    /// When it ended, if it has.
    public var closedAt: Timestamp? {
        history.last.flatMap { $0.status.isTerminal ? $0.at : nil }
    }
    /// Whether nobody answered in time.
    public var isPastDue: Bool {
        submittedAt == nil && closedAt.map { $0 >= dueBy } ?? false
    }
    /// How often evidence went to the network; once for an inquiry, once for its chargeback.
    public var submissionCount: Int64 {
        Int64(history.count { $0.status == .underReview || $0.status == .warningUnderReview })
    }
    /// When somebody must look at it if nothing happens before; nil when it has ended.
    public var dueAt: Timestamp? {
        switch status {
        case .needsResponse, .warningNeedsResponse: dueBy
        case .underReview, .warningUnderReview:
            (submittedAt ?? dueBy).adding(seconds: Self.reviewSeconds)
        case .won, .lost, .warningClosed: nil
        }
    }
}

extension Payment {
    /// The dispute of an identifier.
    public func dispute(_ id: DisputeID) -> Dispute? { disputes.first { $0.id == id } }

    /// The dispute of a case of the network.
    func dispute(ofCase reference: NetworkReference) -> Dispute? {
        disputes.first { $0.networkCase == reference }
    }

    /// Captured money that customers' banks have taken back and not returned, in minor units.
    public var disputedMinorUnits: Int64 {
        disputes.reduce(0) { $0 + ($1.holdsMoney ? $1.amount.minorUnits : 0) }
    }
}
