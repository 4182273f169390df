public import JSON
public import Money

/// A payment: one request for money, its attempts to charge a card, and its refunds.
///
/// It is made only by folding its events. Invariants, in minor units of one currency:
/// `0 <= refunded + disputed <= captured <= authorized`; at most one attempt holds or took money; the version
/// is the number of events.
public struct Payment: Sendable, Equatable {
    /// Its identifier; also names its event stream.
    public let id: PaymentID
    /// The merchant who asked for the money.
    public let merchantID: MerchantID
    /// Whether it can move real money.
    public let livemode: Bool
    /// How many events it was folded from.
    public internal(set) var version: Int32
    /// What was asked for.
    public internal(set) var amount: Money
    /// When it is to be taken.
    public internal(set) var captureMethod: CaptureMethod
    /// Lets the customer's browser confirm.
    public let clientSecret: String
    /// What describes it.
    public internal(set) var details: PaymentDetails
    /// Our fee, as agreed when it was created.
    public let feePolicy: FeePolicy
    /// What a refund does to the fee, as agreed when it was created.
    public let refundFeePolicy: RefundFeePolicy
    /// What is to be charged, or was; a decline removes it.
    public internal(set) var paymentMethod: PaymentMethod?
    /// The attempts, oldest first; the last one is Stripe's `latest_charge`.
    public internal(set) var attempts: [Attempt]
    /// The refunds and releases, oldest first.
    public internal(set) var refunds: [Refund]
    /// The failed attempt that the merchant has not reacted to yet.
    public internal(set) var lastFailedChargeID: ChargeID?
    /// Its end without money, if it came to that.
    public internal(set) var cancellation: Cancellation?
    /// Its history, oldest first; the last entry is where it stands.
    public internal(set) var lifecycle: [LifecycleEntry]
    /// When it was created.
    public let createdAt: Timestamp
    /// The disputes about it, oldest first.
    public internal(set) var disputes: [Dispute] = []
    /// What customers' banks suspect about it, oldest first.
    public internal(set) var fraudWarnings: [EarlyFraudWarning] = []
    /// Where its captured money is in settlement, where that was read with it.
    public var settlementMark: SettlementMark?

    /// Where it stands.
    public var state: LifecycleState { lifecycle.last?.state ?? .created }
}

extension Payment: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            merchantID: try fields.required("merchant_id"),
            livemode: try fields.required("livemode"),
            version: try fields.required("version"),
            amount: try fields.required("amount"),
            captureMethod: try fields.required("capture_method"),
            clientSecret: try fields.required("client_secret"),
            details: try fields.required("details"),
            feePolicy: try fields.required("fee_policy"),
            refundFeePolicy: try fields.required("refund_fee_policy"),
            paymentMethod: try fields.optional("payment_method"),
            attempts: try fields.list("attempts"),
            refunds: try fields.list("refunds"),
            lastFailedChargeID: try fields.optional("last_failed_charge_id"),
            cancellation: try fields.optional("cancellation"),
            lifecycle: try fields.list("lifecycle"),
            createdAt: try fields.required("created_at"),
            disputes: try fields.listIfPresent("disputes"),
            fraudWarnings: try fields.listIfPresent("fraud_warnings")
        )
    }

    /// The stored form.
    public var document: JSON {
        always.adding("disputes", unlessEmpty: disputes)
            .adding("fraud_warnings", unlessEmpty: fraudWarnings)
    }

    private var always: JSON {
        [
            "id": id.document,
            "merchant_id": merchantID.document,
            "livemode": livemode.document,
            "version": version.document,
            "amount": amount.document,
            "capture_method": captureMethod.document,
            "client_secret": clientSecret.document,
            "details": details.document,
            "fee_policy": feePolicy.document,
            "refund_fee_policy": refundFeePolicy.document,
            "payment_method": .optional(paymentMethod),
            "attempts": .list(attempts),
            "refunds": .list(refunds),
            "last_failed_charge_id": .optional(lastFailedChargeID),
            "cancellation": .optional(cancellation),
            "lifecycle": .list(lifecycle),
            "created_at": createdAt.document,
        ]
    }
}
