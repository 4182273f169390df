public import JSON
public import Money

extension Refund {
    /// How long a refund waits for the merchant's balance to recover.
    public static let waitingSeconds: Int64 = 30 * 24 * 60 * 60
}

/// A refund was asked for while the merchant's balance was negative: it waits, and no money moves.
public struct RefundDeferred: Sendable, Equatable {
    /// The refund.
    public let refundID: RefundID
    /// The charge that it will give back from.
    public let chargeID: ChargeID
    /// What it will give back.
    public let amount: Money
    /// What the merchant said.
    public let reason: RefundReason?
    /// The merchant's pairs.
    public let metadata: Metadata
    /// The command that asked, and that goes on when money has come.
    public let command: NetworkReference
    /// When it fails if no money has come.
    public let waitsUntil: Timestamp

    /// Creates the value from its parts.
    public init(
        refundID: RefundID,
        chargeID: ChargeID,
        amount: Money,
        reason: RefundReason? = nil,
        metadata: Metadata,
        command: NetworkReference,
        waitsUntil: Timestamp
    ) {
        self.refundID = refundID
        self.chargeID = chargeID
        self.amount = amount
        self.reason = reason
        self.metadata = metadata
        self.command = command
        self.waitsUntil = waitsUntil
    }
}

/// A merchant took a refund back while it waited for money.
public struct RefundCanceled: Sendable, Equatable {
    /// The refund.
    public let refundID: RefundID
    /// The charge that it would have given back from.
    public let chargeID: ChargeID

    /// Creates the value from its parts.
    public init(refundID: RefundID, chargeID: ChargeID) {
        self.refundID = refundID
        self.chargeID = chargeID
    }
}

/// A refund waited for money, and will wait no longer.
public struct RefundExpired: Sendable, Equatable {
    /// The refund.
    public let refundID: RefundID
    /// The charge that it would have given back from.
    public let chargeID: ChargeID
    /// Why: no money came in time, or the customer's bank took it itself.
    public let reason: RefundFailureReason

    /// Creates the value from its parts.
    public init(refundID: RefundID, chargeID: ChargeID, reason: RefundFailureReason) {
        self.refundID = refundID
        self.chargeID = chargeID
        self.reason = reason
    }
}

/// Ends a refund that waits for money: the merchant takes it back, or its time is made to be over.
public struct EndRefund: Sendable, Equatable {
    /// The refund.
    public let refundID: RefundID
    /// Its payment.
    public let paymentID: PaymentID
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(refundID: RefundID, paymentID: PaymentID, expand: [String] = []) {
        self.refundID = refundID
        self.paymentID = paymentID
        self.expand = expand
    }
}

extension RefundDeferred: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            chargeID: try fields.required("charge_id"),
            amount: try fields.required("amount"),
            reason: try fields.optional("reason"),
            metadata: try fields.required("metadata"),
            command: try fields.required("command"),
            waitsUntil: try fields.required("waits_until")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "charge_id": chargeID.document,
            "amount": amount.document,
            "reason": .optional(reason),
            "metadata": metadata.document,
            "command": command.document,
            "waits_until": waitsUntil.document,
        ]
    }
}

extension RefundCanceled: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            chargeID: try fields.required("charge_id")
        )
    }

    /// The stored form.
    public var document: JSON {
        ["refund_id": refundID.document, "charge_id": chargeID.document]
    }
}

extension RefundExpired: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            chargeID: try fields.required("charge_id"),
            reason: try fields.required("reason")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "charge_id": chargeID.document,
            "reason": reason.document,
        ]
    }
}

extension EndRefund: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            paymentID: try fields.required("payment_id"),
            expand: try fields.list("expand")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "payment_id": paymentID.document,
            "expand": .list(expand),
        ]
    }
}
