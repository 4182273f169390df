public import JSON
public import Money

/// What describes a payment without moving money; it may change at any time.
public struct PaymentDetails: Sendable, Equatable {
    /// The merchant's own words.
    public let description: String?
    /// Where a receipt would go.
    public let receiptEmail: String?
    /// What the cardholder reads, instead of the merchant's usual text.
    public let statementDescriptor: String?
    /// What is added to the merchant's usual text.
    public let statementDescriptorSuffix: String?
    /// Stripe's word for how the card is to be used later.
    public let setupFutureUsage: String?
    /// Where the goods go; an object.
    public let shipping: JSON?
    /// The merchant's pairs.
    public let metadata: Metadata
    /// Further request fields that are only shown again, by their wire names; an object.
    public let presentation: JSON

    /// Creates the value from its parts.
    public init(
        description: String? = nil,
        receiptEmail: String? = nil,
        statementDescriptor: String? = nil,
        statementDescriptorSuffix: String? = nil,
        setupFutureUsage: String? = nil,
        shipping: JSON? = nil,
        metadata: Metadata = Metadata(),
        presentation: JSON = [:]
    ) {
        self.description = description
        self.receiptEmail = receiptEmail
        self.statementDescriptor = statementDescriptor
        self.statementDescriptorSuffix = statementDescriptorSuffix
        self.setupFutureUsage = setupFutureUsage
        self.shipping = shipping
        self.metadata = metadata
        self.presentation = presentation
    }
}

/// The end of a payment that took no money.
public struct Cancellation: Sendable, Equatable {
    /// Why.
    public let reason: CancellationReason?
    /// When.
    public let canceledAt: Timestamp

    /// Creates the value from its parts.
    public init(
        reason: CancellationReason? = nil,
        canceledAt: Timestamp
    ) {
        self.reason = reason
        self.canceledAt = canceledAt
    }
}

/// One line of a payment's history: the state, since when, and the event that brought it.
public struct LifecycleEntry: Sendable, Equatable {
    /// The state that was entered.
    public let state: LifecycleState
    /// When the event was recorded.
    public let at: Timestamp
    /// The event's version in the payment's stream.
    public let eventVersion: Int32
    /// The event's type, `payment_captured`.
    public let eventType: String

    /// Creates the value from its parts.
    public init(
        state: LifecycleState,
        at: Timestamp,
        eventVersion: Int32,
        eventType: String
    ) {
        self.state = state
        self.at = at
        self.eventVersion = eventVersion
        self.eventType = eventType
    }
}

/// An authorized amount that is let go without having been captured.
///
/// Merchants see it as Stripe shows it: a refund on the charge, without a balance transaction.
public struct Release: Sendable, Equatable {
    /// The refund that it is shown as.
    public let refundID: RefundID
    /// What is let go.
    public let amount: Money

    /// Creates the value from its parts.
    public init(
        refundID: RefundID,
        amount: Money
    ) {
        self.refundID = refundID
        self.amount = amount
    }
}

extension PaymentDetails: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            description: try fields.optional("description"),
            receiptEmail: try fields.optional("receipt_email"),
            statementDescriptor: try fields.optional("statement_descriptor"),
            statementDescriptorSuffix: try fields.optional("statement_descriptor_suffix"),
            setupFutureUsage: try fields.optional("setup_future_usage"),
            shipping: try fields.optional("shipping"),
            metadata: try fields.required("metadata"),
            presentation: try fields.required("presentation")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "description": .optional(description),
            "receipt_email": .optional(receiptEmail),
            "statement_descriptor": .optional(statementDescriptor),
            "statement_descriptor_suffix": .optional(statementDescriptorSuffix),
            "setup_future_usage": .optional(setupFutureUsage),
            "shipping": .optional(shipping),
            "metadata": metadata.document,
            "presentation": presentation.document,
        ]
    }
}

extension Cancellation: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            reason: try fields.optional("reason"),
            canceledAt: try fields.required("canceled_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "reason": .optional(reason),
            "canceled_at": canceledAt.document,
        ]
    }
}

extension LifecycleEntry: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            state: try fields.required("state"),
            at: try fields.required("at"),
            eventVersion: try fields.required("event_version"),
            eventType: try fields.required("event_type")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "state": state.document,
            "at": at.document,
            "event_version": eventVersion.document,
            "event_type": eventType.document,
        ]
    }
}

extension Release: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            refundID: try fields.required("refund_id"),
            amount: try fields.required("amount")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "refund_id": refundID.document,
            "amount": amount.document,
        ]
    }
}
