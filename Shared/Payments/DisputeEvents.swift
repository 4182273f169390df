public import JSON
public import Money

/// The network brought a dispute; what it takes follows in facts of its own.
public struct DisputeOpened: Sendable, Equatable {
    /// The dispute.
    public let disputeID: DisputeID
    /// The charge.
    public let chargeID: ChargeID
    /// What is disputed.
    public let amount: Money
    /// Whether the customer's bank only asks.
    public let isInquiry: Bool
    /// Why.
    public let reason: DisputeReason
    /// Why, in the network's own code.
    public let networkReasonCode: String
    /// The network's name for the case.
    public let networkCase: NetworkReference
    /// Until when the merchant may answer.
    public let dueBy: Timestamp

    /// Creates the value from its parts.
    public init(
        disputeID: DisputeID,
        chargeID: ChargeID,
        amount: Money,
        isInquiry: Bool,
        reason: DisputeReason,
        networkReasonCode: String,
        networkCase: NetworkReference,
        dueBy: Timestamp
    ) {
        self.disputeID = disputeID
        self.chargeID = chargeID
        self.amount = amount
        self.isInquiry = isInquiry
        self.reason = reason
        self.networkReasonCode = networkReasonCode
        self.networkCase = networkCase
        self.dueBy = dueBy
    }
}

/// A dispute moved money in one of its steps; the event's kind says in which.
public struct DisputeMovement: Sendable, Equatable {
    /// The dispute.
    public let disputeID: DisputeID
    /// The charge.
    public let chargeID: ChargeID
    /// How much.
    public let amount: Money
    /// What the network moved, where it is the network that moved it.
    public let movement: NetworkMovement?

    /// Creates the value from its parts.
    public init(
        disputeID: DisputeID,
        chargeID: ChargeID,
        amount: Money,
        movement: NetworkMovement? = nil
    ) {
        self.disputeID = disputeID
        self.chargeID = chargeID
        self.amount = amount
        self.movement = movement
    }
}

/// An inquiry became a chargeback: the customer's bank takes the money after all.
public struct DisputeEscalated: Sendable, Equatable {
    /// The dispute.
    public let disputeID: DisputeID
    /// Why, in the network's own code.
    public let networkReasonCode: String
    /// Until when the merchant may answer now.
    public let dueBy: Timestamp

    /// Creates the value from its parts.
    public init(disputeID: DisputeID, networkReasonCode: String, dueBy: Timestamp) {
        self.disputeID = disputeID
        self.networkReasonCode = networkReasonCode
        self.dueBy = dueBy
    }
}

/// A merchant changed a dispute's evidence or pairs; nil leaves a part as it was.
public struct DisputeUpdated: Sendable, Equatable {
    /// The dispute.
    public let disputeID: DisputeID
    /// The evidence, whole.
    public let evidence: JSON?
    /// The pairs, whole.
    public let metadata: Metadata?

    /// Creates the value from its parts.
    public init(disputeID: DisputeID, evidence: JSON?, metadata: Metadata?) {
        self.disputeID = disputeID
        self.evidence = evidence
        self.metadata = metadata
    }
}

/// The network has the evidence; there is no second time.
public struct DisputeEvidenceSubmitted: Sendable, Equatable {
    /// The dispute.
    public let disputeID: DisputeID
    /// The command that sent it.
    public let command: NetworkReference

    /// Creates the value from its parts.
    public init(disputeID: DisputeID, command: NetworkReference) {
        self.disputeID = disputeID
        self.command = command
    }
}

/// A dispute came to its end.
public struct DisputeClosed: Sendable, Equatable {
    /// The dispute.
    public let disputeID: DisputeID
    /// The charge.
    public let chargeID: ChargeID
    /// How: won, lost, or an inquiry that led to nothing.
    public let status: DisputeStatus
    /// The command that gave it up, where one did.
    public let command: NetworkReference?

    /// Creates the value from its parts.
    public init(
        disputeID: DisputeID,
        chargeID: ChargeID,
        status: DisputeStatus,
        command: NetworkReference? = nil
    ) {
        self.disputeID = disputeID
        self.chargeID = chargeID
        self.status = status
        self.command = command
    }
}

/// The customer's bank sent a refund back that had succeeded; the network owes us the money again.
public struct RefundReturned: Sendable, Equatable {
    /// The refund.
    public let refundID: RefundID
    /// The charge that it gave back from.
    public let chargeID: ChargeID
    /// What came back.
    public let amount: Money
    /// What the network moved.
    public let movement: NetworkMovement

    /// Creates the value from its parts.
    public init(
        refundID: RefundID,
        chargeID: ChargeID,
        amount: Money,
        movement: NetworkMovement
    ) {
        self.refundID = refundID
        self.chargeID = chargeID
        self.amount = amount
        self.movement = movement
    }
}
