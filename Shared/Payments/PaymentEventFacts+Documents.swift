public import JSON

extension PaymentCreated: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            paymentID: try fields.required("payment_id"),
            merchantID: try fields.required("merchant_id"),
            livemode: try fields.required("livemode"),
            amount: try fields.required("amount"),
            captureMethod: try fields.required("capture_method"),
            clientSecret: try fields.required("client_secret"),
            details: try fields.required("details"),
            feePolicy: try fields.required("fee_policy"),
            refundFeePolicy: try fields.required("refund_fee_policy"),
            paymentMethod: try fields.optional("payment_method")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "payment_id": paymentID.document,
            "merchant_id": merchantID.document,
            "livemode": livemode.document,
            "amount": amount.document,
            "capture_method": captureMethod.document,
            "client_secret": clientSecret.document,
            "details": details.document,
            "fee_policy": feePolicy.document,
            "refund_fee_policy": refundFeePolicy.document,
            "payment_method": .optional(paymentMethod),
        ]
    }
}

extension PaymentUpdated: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            amount: try fields.optional("amount"),
            captureMethod: try fields.optional("capture_method"),
            details: try fields.optional("details"),
            paymentMethod: try fields.optional("payment_method")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "amount": .optional(amount),
            "capture_method": .optional(captureMethod),
            "details": .optional(details),
            "payment_method": .optional(paymentMethod),
        ]
    }
}

extension AuthorizationUnknown: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            start: try fields.required("start")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "start": start.document
        ]
    }
}

extension PaymentAuthorized: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            start: try fields.required("start"),
            authorization: try fields.required("authorization")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "start": start.document,
            "authorization": authorization.document,
        ]
    }
}

extension PaymentFailed: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            chargeID: try fields.required("charge_id"),
            start: try fields.optional("start"),
            kind: try fields.required("kind"),
            error: try fields.required("error")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "charge_id": chargeID.document,
            "start": .optional(start),
            "kind": kind.document,
            "error": error.document,
        ]
    }
}

extension CaptureRequested: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            chargeID: try fields.required("charge_id"),
            request: try fields.required("request")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "charge_id": chargeID.document,
            "request": request.document,
        ]
    }
}

extension PaymentCaptured: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            chargeID: try fields.required("charge_id"),
            amount: try fields.required("amount"),
            fee: try fields.required("fee"),
            remainder: try fields.optional("remainder")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "charge_id": chargeID.document,
            "amount": amount.document,
            "fee": fee.document,
            "remainder": .optional(remainder),
        ]
    }
}

extension VoidRequested: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            chargeID: try fields.required("charge_id"),
            request: try fields.required("request")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "charge_id": chargeID.document,
            "request": request.document,
        ]
    }
}

extension PaymentCanceled: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            reason: try fields.optional("reason"),
            chargeID: try fields.optional("charge_id"),
            release: try fields.optional("release")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "reason": .optional(reason),
            "charge_id": .optional(chargeID),
            "release": .optional(release),
        ]
    }
}

extension PaymentExpired: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            chargeID: try fields.required("charge_id"),
            release: try fields.required("release")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "charge_id": chargeID.document,
            "release": release.document,
        ]
    }
}

extension RefundRequested: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            chargeID: try fields.required("charge_id"),
            amount: try fields.required("amount"),
            feeReturned: try fields.required("fee_returned"),
            reason: try fields.optional("reason"),
            metadata: try fields.required("metadata"),
            command: try fields.required("command"),
            sentAt: try fields.required("sent_at"),
            isAfterSettlement: try fields.optional("is_after_settlement") ?? false
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "charge_id": chargeID.document,
            "amount": amount.document,
            "fee_returned": feeReturned.document,
            "reason": .optional(reason),
            "metadata": metadata.document,
            "command": command.document,
            "sent_at": sentAt.document,
            "is_after_settlement": isAfterSettlement.document,
        ]
    }
}

extension RefundIssued: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            chargeID: try fields.required("charge_id"),
            amount: try fields.required("amount")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "charge_id": chargeID.document,
            "amount": amount.document,
        ]
    }
}

extension RefundFailed: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            chargeID: try fields.required("charge_id"),
            amount: try fields.required("amount"),
            feeReturned: try fields.required("fee_returned"),
            reason: try fields.required("reason"),
            responseCode: try fields.required("response_code")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "charge_id": chargeID.document,
            "amount": amount.document,
            "fee_returned": feeReturned.document,
            "reason": reason.document,
            "response_code": responseCode.document,
        ]
    }
}

extension RefundUpdated: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            metadata: try fields.required("metadata")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "metadata": metadata.document,
        ]
    }
}
