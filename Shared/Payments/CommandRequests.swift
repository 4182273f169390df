public import JSON
public import Money

/// A payment method that is to be stored, with an identifier that the gateway gave it.
public struct NewPaymentMethod: Sendable, Equatable {
    /// Its identifier.
    public let id: PaymentMethodID
    /// The card, or the token that holds it.
    public let card: CardSource
    /// Address, e-mail, name and phone; an object.
    public let billingDetails: JSON
    /// The merchant's pairs.
    public let metadata: Metadata
    /// Stripe's `allow_redisplay` word.
    public let allowRedisplay: String

    /// Creates the value from its parts.
    public init(
        id: PaymentMethodID,
        card: CardSource,
        billingDetails: JSON,
        metadata: Metadata = Metadata(),
        allowRedisplay: String = "unspecified"
    ) {
        self.id = id
        self.card = card
        self.billingDetails = billingDetails
        self.metadata = metadata
        self.allowRedisplay = allowRedisplay
    }
}

/// What a request says about a payment's details.
public struct DetailsChange: Sendable, Equatable {
    /// The merchant's own words.
    public let description: FieldChange
    /// Where a receipt would go.
    public let receiptEmail: FieldChange
    /// What the cardholder reads.
    public let statementDescriptor: FieldChange
    /// What is added to the merchant's usual text.
    public let statementDescriptorSuffix: FieldChange
    /// How the card is to be used later.
    public let setupFutureUsage: FieldChange
    /// Where the goods go.
    public let shipping: FieldChange
    /// Pairs set, removed or cleared.
    public let metadata: MetadataChange?
    /// An object whose members replace those of the same name.
    public let presentation: JSON?

    /// Creates the value from its parts.
    public init(
        description: FieldChange = .keep,
        receiptEmail: FieldChange = .keep,
        statementDescriptor: FieldChange = .keep,
        statementDescriptorSuffix: FieldChange = .keep,
        setupFutureUsage: FieldChange = .keep,
        shipping: FieldChange = .keep,
        metadata: MetadataChange? = nil,
        presentation: JSON? = nil
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

/// What a request says about a payment; absent parts stay as they are.
public struct PaymentChanges: Sendable, Equatable {
    /// The new amount, in the payment's currency or the new one.
    public let amountMinorUnits: Int64?
    /// The new currency.
    public let currency: Currency?
    /// The new capture method.
    public let captureMethod: CaptureMethod?
    /// What describes the payment.
    public let details: DetailsChange

    /// Creates the value from its parts.
    public init(
        amountMinorUnits: Int64? = nil,
        currency: Currency? = nil,
        captureMethod: CaptureMethod? = nil,
        details: DetailsChange = DetailsChange()
    ) {
        self.amountMinorUnits = amountMinorUnits
        self.currency = currency
        self.captureMethod = captureMethod
        self.details = details
    }
}

/// Creates a payment, and confirms it at once when a charge identifier is given.
public struct CreatePayment: Sendable, Equatable {
    /// The new payment.
    public let paymentID: PaymentID
    /// What is asked for.
    public let amount: Money
    /// When it is to be taken.
    public let captureMethod: CaptureMethod
    /// Lets the customer's browser confirm.
    public let clientSecret: String
    /// What describes it.
    public let details: PaymentDetails
    /// What is to be charged, if it is known.
    public let paymentMethod: PaymentMethodSource?
    /// The charge to confirm as; nil creates only.
    public let confirmAs: ChargeID?
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(
        paymentID: PaymentID,
        amount: Money,
        captureMethod: CaptureMethod,
        clientSecret: String,
        details: PaymentDetails = PaymentDetails(),
        paymentMethod: PaymentMethodSource? = nil,
        confirmAs: ChargeID? = nil,
        expand: [String] = []
    ) {
        self.paymentID = paymentID
        self.amount = amount
        self.captureMethod = captureMethod
        self.clientSecret = clientSecret
        self.details = details
        self.paymentMethod = paymentMethod
        self.confirmAs = confirmAs
        self.expand = expand
    }
}

/// Changes a payment: its details at any time, the rest before it is confirmed.
public struct UpdatePayment: Sendable, Equatable {
    /// The payment.
    public let paymentID: PaymentID
    /// What changes.
    public let changes: PaymentChanges
    /// The new payment method.
    public let paymentMethod: PaymentMethodSource?
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(
        paymentID: PaymentID,
        changes: PaymentChanges,
        paymentMethod: PaymentMethodSource? = nil,
        expand: [String] = []
    ) {
        self.paymentID = paymentID
        self.changes = changes
        self.paymentMethod = paymentMethod
        self.expand = expand
    }
}

/// Charges a payment's card; again after a decline, with the same card or another.
public struct ConfirmPayment: Sendable, Equatable {
    /// The payment.
    public let paymentID: PaymentID
    /// The new attempt.
    public let chargeID: ChargeID
    /// What changes before the attempt.
    public let changes: PaymentChanges
    /// What to charge, instead of the payment's own method.
    public let paymentMethod: PaymentMethodSource?
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(
        paymentID: PaymentID,
        chargeID: ChargeID,
        changes: PaymentChanges = PaymentChanges(),
        paymentMethod: PaymentMethodSource? = nil,
        expand: [String] = []
    ) {
        self.paymentID = paymentID
        self.chargeID = chargeID
        self.changes = changes
        self.paymentMethod = paymentMethod
        self.expand = expand
    }
}

/// Takes the money that an authorization holds, or a part; what is left is let go.
public struct CapturePayment: Sendable, Equatable {
    /// The payment.
    public let paymentID: PaymentID
    /// How much; nil takes all of it.
    public let amountMinorUnits: Int64?
    /// Names the release of what is left.
    public let remainderRefundID: RefundID
    /// What changes with it.
    public let details: DetailsChange
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(
        paymentID: PaymentID,
        amountMinorUnits: Int64? = nil,
        remainderRefundID: RefundID,
        details: DetailsChange = DetailsChange(),
        expand: [String] = []
    ) {
        self.paymentID = paymentID
        self.amountMinorUnits = amountMinorUnits
        self.remainderRefundID = remainderRefundID
        self.details = details
        self.expand = expand
    }
}

/// Ends a payment that has taken no money.
public struct CancelPayment: Sendable, Equatable {
    /// The payment.
    public let paymentID: PaymentID
    /// Why.
    public let reason: CancellationReason?
    /// Names the release of what was authorized.
    public let remainderRefundID: RefundID
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(
        paymentID: PaymentID,
        reason: CancellationReason? = nil,
        remainderRefundID: RefundID,
        expand: [String] = []
    ) {
        self.paymentID = paymentID
        self.reason = reason
        self.remainderRefundID = remainderRefundID
        self.expand = expand
    }
}

/// Ends an authorization that nobody captured in time; the sweeper's command.
public struct ExpirePayment: Sendable, Equatable {
    /// The payment.
    public let paymentID: PaymentID
    /// Names the release of what was authorized.
    public let remainderRefundID: RefundID

    /// Creates the value from its parts.
    public init(
        paymentID: PaymentID,
        remainderRefundID: RefundID
    ) {
        self.paymentID = paymentID
        self.remainderRefundID = remainderRefundID
    }
}

/// Gives captured money back, all of it or a part.
public struct CreateRefund: Sendable, Equatable {
    /// The new refund.
    public let refundID: RefundID
    /// The payment.
    public let paymentID: PaymentID
    /// The charge, when the request named one.
    public let chargeID: ChargeID?
    /// How much; nil gives back what is left.
    public let amountMinorUnits: Int64?
    /// Why.
    public let reason: RefundReason?
    /// The merchant's pairs.
    public let metadata: Metadata
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(
        refundID: RefundID,
        paymentID: PaymentID,
        chargeID: ChargeID? = nil,
        amountMinorUnits: Int64? = nil,
        reason: RefundReason? = nil,
        metadata: Metadata = Metadata(),
        expand: [String] = []
    ) {
        self.refundID = refundID
        self.paymentID = paymentID
        self.chargeID = chargeID
        self.amountMinorUnits = amountMinorUnits
        self.reason = reason
        self.metadata = metadata
        self.expand = expand
    }
}

/// Changes what describes a refund.
public struct UpdateRefund: Sendable, Equatable {
    /// The refund.
    public let refundID: RefundID
    /// Its payment.
    public let paymentID: PaymentID
    /// Pairs set, removed or cleared.
    public let metadata: MetadataChange
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(
        refundID: RefundID,
        paymentID: PaymentID,
        metadata: MetadataChange,
        expand: [String] = []
    ) {
        self.refundID = refundID
        self.paymentID = paymentID
        self.metadata = metadata
        self.expand = expand
    }
}

/// Stores a payment method.
public struct CreatePaymentMethod: Sendable, Equatable {
    /// What to store.
    public let method: NewPaymentMethod
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(
        method: NewPaymentMethod,
        expand: [String] = []
    ) {
        self.method = method
        self.expand = expand
    }
}

/// Stores a single-use card token.
public struct CreateCardToken: Sendable, Equatable {
    /// The new token.
    public let tokenID: CardTokenID
    /// The card behind it.
    public let card: CardDetails
    /// Name and address; an object.
    public let billingDetails: JSON
    /// The address of the client that asked.
    public let clientAddress: String?
    /// The fields that the answer shows in full.
    public let expand: [String]

    /// Creates the value from its parts.
    public init(
        tokenID: CardTokenID,
        card: CardDetails,
        billingDetails: JSON,
        clientAddress: String? = nil,
        expand: [String] = []
    ) {
        self.tokenID = tokenID
        self.card = card
        self.billingDetails = billingDetails
        self.clientAddress = clientAddress
        self.expand = expand
    }
}

/// Creates a merchant, with the hashes of its first keys.
public struct CreateMerchant: Sendable, Equatable {
    /// The merchant, as it will stand.
    public let merchant: Merchant

    /// Creates the value from its parts.
    public init(
        merchant: Merchant
    ) {
        self.merchant = merchant
    }
}
