public import JSON
import Money

extension NetworkMovement: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            reference: try fields.required("reference"),
            traceNumber: try fields.required("trace_number")
        )
    }

    /// The stored form.
    public var document: JSON {
        ["reference": reference.document, "trace_number": traceNumber.document]
    }
}

extension DisputeFunds: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            amount: try fields.required("amount"),
            fee: try fields.required("fee"),
            movedAt: try fields.required("moved_at"),
            version: try fields.required("version"),
            movement: try fields.optional("movement")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "amount": amount.document,
            "fee": fee.document,
            "moved_at": movedAt.document,
            "version": version.document,
            "movement": .optional(movement),
        ]
    }
}

extension DisputeEntry: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(status: try fields.required("status"), at: try fields.required("at"))
    }

    /// The stored form.
    public var document: JSON { ["status": status.document, "at": at.document] }
}

extension Dispute: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            chargeID: try fields.required("charge_id"),
            amount: try fields.required("amount"),
            reason: try fields.required("reason"),
            networkReasonCode: try fields.required("network_reason_code"),
            networkCase: try fields.required("network_case"),
            dueBy: try fields.required("due_by"),
            evidence: try fields.required("evidence"),
            submittedAt: try fields.optional("submitted_at"),
            response: try fields.optional("response"),
            metadata: try fields.required("metadata"),
            history: try fields.list("history"),
            fee: try fields.optional("fee"),
            feeReturned: try fields.optional("fee_returned"),
            withdrawal: try fields.optional("withdrawal"),
            reinstatement: try fields.optional("reinstatement"),
            returning: try fields.optional("returning"),
            createdAt: try fields.required("created_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "id": id.document,
            "charge_id": chargeID.document,
            "amount": amount.document,
            "reason": reason.document,
            "network_reason_code": networkReasonCode.document,
            "network_case": networkCase.document,
            "due_by": dueBy.document,
            "evidence": evidence,
            "submitted_at": .optional(submittedAt),
            "response": .optional(response),
            "metadata": metadata.document,
            "history": .list(history),
            "fee": .optional(fee),
            "fee_returned": .optional(feeReturned),
            "withdrawal": .optional(withdrawal),
            "reinstatement": .optional(reinstatement),
            "returning": .optional(returning),
            "created_at": createdAt.document,
        ]
    }
}
