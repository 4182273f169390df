public import JSON

/// Changes a dispute's evidence and pairs, and sends the evidence where that is wished.
public struct UpdateDispute: Sendable, Equatable {
    /// The dispute.
    public let disputeID: DisputeID
    /// Its payment.
    public let paymentID: PaymentID
    /// The texts that change: null clears one; nil changes none.
    public let evidence: JSON?
    /// Pairs set, removed or cleared.
    public let metadata: MetadataChange?
    /// Whether the network is to have the evidence now.
    public let submits: Bool
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(
        disputeID: DisputeID,
        paymentID: PaymentID,
        evidence: JSON? = nil,
        metadata: MetadataChange? = nil,
        submits: Bool,
        expand: [String] = []
    ) {
        self.disputeID = disputeID
        self.paymentID = paymentID
        self.evidence = evidence
        self.metadata = metadata
        self.submits = submits
        self.expand = expand
    }
}

/// Ends a dispute from our side: the merchant gives it up, or its time is over.
public struct EndDispute: Sendable, Equatable {
    /// The dispute.
    public let disputeID: DisputeID
    /// Its payment.
    public let paymentID: PaymentID
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(disputeID: DisputeID, paymentID: PaymentID, expand: [String] = []) {
        self.disputeID = disputeID
        self.paymentID = paymentID
        self.expand = expand
    }
}

/// Records what a notice of the network tells of a payment; the poller's command.
public struct RecordNotice: Sendable, Equatable {
    /// The payment.
    public let paymentID: PaymentID
    /// What was told.
    public let notice: NetworkNotice
    /// The dispute's identifier, should the notice open one.
    public let disputeID: DisputeID
    /// The warning's identifier, should the notice bring one.
    public let warningID: EarlyFraudWarningID

    /// Creates the value from its parts.
    public init(
        paymentID: PaymentID,
        notice: NetworkNotice,
        disputeID: DisputeID,
        warningID: EarlyFraudWarningID
    ) {
        self.paymentID = paymentID
        self.notice = notice
        self.disputeID = disputeID
        self.warningID = warningID
    }
}

/// What happens about disputes and other notices of the network.
public enum DisputeCommand: Sendable, Equatable {
    case update(UpdateDispute)
    case close(EndDispute)
    case lapse(EndDispute)
    case record(RecordNotice)

    /// Which kind of command it is.
    public var kind: Command.Kind {
        switch self {
        case .update: .updateDispute
        case .close: .closeDispute
        case .lapse: .lapseDispute
        case .record: .recordNotice
        }
    }

    /// The payment that it works on.
    public var paymentID: PaymentID {
        switch self {
        case .update(let request): request.paymentID
        case .close(let request), .lapse(let request): request.paymentID
        case .record(let request): request.paymentID
        }
    }

    /// The fields that the answer shows in full.
    public var expand: [String] {
        switch self {
        case .update(let request): request.expand
        case .close(let request), .lapse(let request): request.expand
        case .record: []
        }
    }

    /// The body of the command's row.
    var document: JSON {
        switch self {
        case .update(let request): request.document
        case .close(let request), .lapse(let request): request.document
        case .record(let request): request.document
        }
    }
}

extension UpdateDispute: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            disputeID: try fields.required("dispute_id"),
            paymentID: try fields.required("payment_id"),
            evidence: try fields.optional("evidence"),
            metadata: try fields.optional("metadata"),
            submits: try fields.required("submits"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "dispute_id": disputeID.document,
            "payment_id": paymentID.document,
            "evidence": .optional(evidence),
            "metadata": .optional(metadata),
            "submits": submits.document,
            "expand": .list(expand),
        ]
    }
}

extension EndDispute: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            disputeID: try fields.required("dispute_id"),
            paymentID: try fields.required("payment_id"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "dispute_id": disputeID.document,
            "payment_id": paymentID.document,
            "expand": .list(expand),
        ]
    }
}

extension RecordNotice: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            paymentID: try fields.required("payment_id"),
            notice: try fields.required("notice"),
            disputeID: try fields.required("dispute_id"),
            warningID: try fields.required("warning_id")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "payment_id": paymentID.document,
            "notice": notice.document,
            "dispute_id": disputeID.document,
            "warning_id": warningID.document,
        ]
    }
}
