public import JSON

extension AttemptStart: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            chargeID: try fields.required("charge_id"),
            reference: try fields.required("reference"),
            amount: try fields.required("amount"),
            paymentMethod: try fields.required("payment_method"),
            captureMethod: try fields.required("capture_method"),
            statementDescriptor: try fields.optional("statement_descriptor"),
            sentAt: try fields.required("sent_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "charge_id": chargeID.document,
            "reference": reference.document,
            "amount": amount.document,
            "payment_method": paymentMethod.document,
            "capture_method": captureMethod.document,
            "statement_descriptor": .optional(statementDescriptor),
            "sent_at": sentAt.document,
        ]
    }
}

extension Authorization: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            code: try fields.required("code"),
            networkTransactionID: try fields.optional("network_transaction_id"),
            authorizedAt: try fields.required("authorized_at"),
            captureBefore: try fields.optional("capture_before")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "code": code.document,
            "network_transaction_id": .optional(networkTransactionID),
            "authorized_at": authorizedAt.document,
            "capture_before": .optional(captureBefore),
        ]
    }
}

extension CaptureRequest: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            amount: try fields.required("amount"),
            command: try fields.required("command"),
            sentAt: try fields.required("sent_at"),
            remainderRefundID: try fields.optional("remainder_refund_id")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "amount": amount.document,
            "command": command.document,
            "sent_at": sentAt.document,
            "remainder_refund_id": .optional(remainderRefundID),
        ]
    }
}

extension Capture: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            amount: try fields.required("amount"),
            fee: try fields.required("fee"),
            capturedAt: try fields.required("captured_at"),
            eventVersion: try fields.required("event_version")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "amount": amount.document,
            "fee": fee.document,
            "captured_at": capturedAt.document,
            "event_version": eventVersion.document,
        ]
    }
}

extension VoidRequest: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            command: try fields.required("command"),
            sentAt: try fields.required("sent_at"),
            purpose: try fields.required("purpose"),
            reason: try fields.optional("reason"),
            remainderRefundID: try fields.required("remainder_refund_id"),
            releaseMetadata: try fields.required("release_metadata")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "command": command.document,
            "sent_at": sentAt.document,
            "purpose": purpose.document,
            "reason": .optional(reason),
            "remainder_refund_id": remainderRefundID.document,
            "release_metadata": releaseMetadata.document,
        ]
    }
}

extension PaymentError: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            code: try fields.required("code"),
            declineCode: try fields.optional("decline_code"),
            message: try fields.required("message"),
            parameter: try fields.optional("parameter"),
            adviceCode: try fields.optional("advice_code"),
            networkDeclineCode: try fields.optional("network_decline_code")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "code": code.document,
            "decline_code": .optional(declineCode),
            "message": message.document,
            "parameter": .optional(parameter),
            "advice_code": .optional(adviceCode),
            "network_decline_code": .optional(networkDeclineCode),
        ]
    }
}

extension AttemptFailure: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            kind: try fields.required("kind"),
            error: try fields.required("error"),
            failedAt: try fields.required("failed_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "kind": kind.document,
            "error": error.document,
            "failed_at": failedAt.document,
        ]
    }
}
