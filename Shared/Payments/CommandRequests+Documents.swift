public import JSON

extension NewPaymentMethod: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            card: try fields.required("card"),
            billingDetails: try fields.required("billing_details"),
            metadata: try fields.required("metadata"),
            allowRedisplay: try fields.required("allow_redisplay")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "id": id.document,
            "card": card.document,
            "billing_details": billingDetails.document,
            "metadata": metadata.document,
            "allow_redisplay": allowRedisplay.document,
        ]
    }
}

extension DetailsChange: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            description: try fields.required("description"),
            receiptEmail: try fields.required("receipt_email"),
            statementDescriptor: try fields.required("statement_descriptor"),
            statementDescriptorSuffix: try fields.required("statement_descriptor_suffix"),
            setupFutureUsage: try fields.required("setup_future_usage"),
            shipping: try fields.required("shipping"),
            metadata: try fields.optional("metadata"),
            presentation: try fields.optional("presentation")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "description": description.document,
            "receipt_email": receiptEmail.document,
            "statement_descriptor": statementDescriptor.document,
            "statement_descriptor_suffix": statementDescriptorSuffix.document,
            "setup_future_usage": setupFutureUsage.document,
            "shipping": shipping.document,
            "metadata": .optional(metadata),
            "presentation": .optional(presentation),
        ]
    }
}

extension PaymentChanges: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            amountMinorUnits: try fields.optional("amount_minor_units"),
            currency: try fields.optional("currency"),
            captureMethod: try fields.optional("capture_method"),
            details: try fields.required("details")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "amount_minor_units": .optional(amountMinorUnits),
            "currency": .optional(currency),
            "capture_method": .optional(captureMethod),
            "details": details.document,
        ]
    }
}

extension CreatePayment: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            paymentID: try fields.required("payment_id"),
            amount: try fields.required("amount"),
            captureMethod: try fields.required("capture_method"),
            clientSecret: try fields.required("client_secret"),
            details: try fields.required("details"),
            paymentMethod: try fields.optional("payment_method"),
            confirmAs: try fields.optional("confirm_as"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "payment_id": paymentID.document,
            "amount": amount.document,
            "capture_method": captureMethod.document,
            "client_secret": clientSecret.document,
            "details": details.document,
            "payment_method": .optional(paymentMethod),
            "confirm_as": .optional(confirmAs),
            "expand": .list(expand),
        ]
    }
}

extension UpdatePayment: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            paymentID: try fields.required("payment_id"),
            changes: try fields.required("changes"),
            paymentMethod: try fields.optional("payment_method"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "payment_id": paymentID.document,
            "changes": changes.document,
            "payment_method": .optional(paymentMethod),
            "expand": .list(expand),
        ]
    }
}

extension ConfirmPayment: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            paymentID: try fields.required("payment_id"),
            chargeID: try fields.required("charge_id"),
            changes: try fields.required("changes"),
            paymentMethod: try fields.optional("payment_method"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "payment_id": paymentID.document,
            "charge_id": chargeID.document,
            "changes": changes.document,
            "payment_method": .optional(paymentMethod),
            "expand": .list(expand),
        ]
    }
}

extension CapturePayment: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            paymentID: try fields.required("payment_id"),
            amountMinorUnits: try fields.optional("amount_minor_units"),
            remainderRefundID: try fields.required("remainder_refund_id"),
            details: try fields.required("details"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "payment_id": paymentID.document,
            "amount_minor_units": .optional(amountMinorUnits),
            "remainder_refund_id": remainderRefundID.document,
            "details": details.document,
            "expand": .list(expand),
        ]
    }
}

extension CancelPayment: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            paymentID: try fields.required("payment_id"),
            reason: try fields.optional("reason"),
            remainderRefundID: try fields.required("remainder_refund_id"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "payment_id": paymentID.document,
            "reason": .optional(reason),
            "remainder_refund_id": remainderRefundID.document,
            "expand": .list(expand),
        ]
    }
}

extension ExpirePayment: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            paymentID: try fields.required("payment_id"),
            remainderRefundID: try fields.required("remainder_refund_id")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "payment_id": paymentID.document,
            "remainder_refund_id": remainderRefundID.document,
        ]
    }
}

extension CreateRefund: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            paymentID: try fields.required("payment_id"),
            chargeID: try fields.optional("charge_id"),
            amountMinorUnits: try fields.optional("amount_minor_units"),
            reason: try fields.optional("reason"),
            metadata: try fields.required("metadata"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "payment_id": paymentID.document,
            "charge_id": .optional(chargeID),
            "amount_minor_units": .optional(amountMinorUnits),
            "reason": .optional(reason),
            "metadata": metadata.document,
            "expand": .list(expand),
        ]
    }
}

extension UpdateRefund: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            paymentID: try fields.required("payment_id"),
            metadata: try fields.required("metadata"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "payment_id": paymentID.document,
            "metadata": metadata.document,
            "expand": .list(expand),
        ]
    }
}

extension CreatePaymentMethod: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            method: try fields.required("method"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "method": method.document,
            "expand": .list(expand),
        ]
    }
}

extension CreateCardToken: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            tokenID: try fields.required("token_id"),
            card: try fields.required("card"),
            billingDetails: try fields.required("billing_details"),
            clientAddress: try fields.optional("client_address"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "token_id": tokenID.document,
            "card": card.document,
            "billing_details": billingDetails.document,
            "client_address": .optional(clientAddress),
            "expand": .list(expand),
        ]
    }
}

extension CreateMerchant: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            merchant: try fields.required("merchant")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "merchant": merchant.document
        ]
    }
}
