public import JSON
import Money

extension DisputeOpened: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            disputeID: try fields.required("dispute_id"),
            chargeID: try fields.required("charge_id"),
            amount: try fields.required("amount"),
            isInquiry: try fields.required("is_inquiry"),
            reason: try fields.required("reason"),
            networkReasonCode: try fields.required("network_reason_code"),
            networkCase: try fields.required("network_case"),
            dueBy: try fields.required("due_by")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "dispute_id": disputeID.document,
            "charge_id": chargeID.document,
            "amount": amount.document,
            "is_inquiry": isInquiry.document,
            "reason": reason.document,
            "network_reason_code": networkReasonCode.document,
            "network_case": networkCase.document,
            "due_by": dueBy.document,
        ]
    }
}

extension DisputeMovement: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            disputeID: try fields.required("dispute_id"),
            chargeID: try fields.required("charge_id"),
            amount: try fields.required("amount"),
            movement: try fields.optional("movement")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "dispute_id": disputeID.document,
            "charge_id": chargeID.document,
            "amount": amount.document,
            "movement": .optional(movement),
        ]
    }
}

extension DisputeEscalated: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            disputeID: try fields.required("dispute_id"),
            networkReasonCode: try fields.required("network_reason_code"),
            dueBy: try fields.required("due_by")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "dispute_id": disputeID.document,
            "network_reason_code": networkReasonCode.document,
            "due_by": dueBy.document,
        ]
    }
}

extension DisputeUpdated: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            disputeID: try fields.required("dispute_id"),
            evidence: try fields.optional("evidence"),
            metadata: try fields.optional("metadata")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "dispute_id": disputeID.document,
            "evidence": .optional(evidence),
            "metadata": .optional(metadata),
        ]
    }
}

extension DisputeEvidenceSubmitted: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            disputeID: try fields.required("dispute_id"),
            command: try fields.required("command")
        )
    }

    /// The stored form.
    public var document: JSON {
        ["dispute_id": disputeID.document, "command": command.document]
    }
}

extension DisputeClosed: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            disputeID: try fields.required("dispute_id"),
            chargeID: try fields.required("charge_id"),
            status: try fields.required("status"),
            command: try fields.optional("command")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "dispute_id": disputeID.document,
            "charge_id": chargeID.document,
            "status": status.document,
            "command": .optional(command),
        ]
    }
}

extension RefundReturned: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            chargeID: try fields.required("charge_id"),
            amount: try fields.required("amount"),
            movement: try fields.required("movement")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "charge_id": chargeID.document,
            "amount": amount.document,
            "movement": movement.document,
        ]
    }
}
