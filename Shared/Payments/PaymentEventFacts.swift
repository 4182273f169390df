public import Money

/// A merchant asked for money; nothing has moved.
public struct PaymentCreated: Sendable, Equatable {
    /// The payment, whose first event this is.
    public let paymentID: PaymentID
    /// Who asked.
    public let merchantID: MerchantID
    /// Whether it can move real money.
    public let livemode: Bool
    /// What was asked for.
    public let amount: Money
    /// When it is to be taken.
    public let captureMethod: CaptureMethod
    /// Lets the customer's browser confirm.
    public let clientSecret: String
    /// What describes it.
    public let details: PaymentDetails
    /// Our fee, as agreed at this moment.
    public let feePolicy: FeePolicy
    /// What a refund does to the fee, as agreed at this moment.
    public let refundFeePolicy: RefundFeePolicy
    /// What is to be charged, if it is known.
    public let paymentMethod: PaymentMethod?

    /// Creates the value from its parts.
    public init(
        paymentID: PaymentID,
        merchantID: MerchantID,
        livemode: Bool,
        amount: Money,
        captureMethod: CaptureMethod,
        clientSecret: String,
        details: PaymentDetails,
        feePolicy: FeePolicy,
        refundFeePolicy: RefundFeePolicy,
        paymentMethod: PaymentMethod? = nil
    ) {
        self.paymentID = paymentID
        self.merchantID = merchantID
        self.livemode = livemode
        self.amount = amount
        self.captureMethod = captureMethod
        self.clientSecret = clientSecret
        self.details = details
        self.feePolicy = feePolicy
        self.refundFeePolicy = refundFeePolicy
        self.paymentMethod = paymentMethod
    }
}

/// A merchant changed a payment; nil leaves a part as it was.
public struct PaymentUpdated: Sendable, Equatable {
    /// The new amount.
    public let amount: Money?
    /// The new capture method.
    public let captureMethod: CaptureMethod?
    /// The new details, whole.
    public let details: PaymentDetails?
    /// The new payment method.
    public let paymentMethod: PaymentMethod?

    /// Creates the value from its parts.
    public init(
        amount: Money? = nil,
        captureMethod: CaptureMethod? = nil,
        details: PaymentDetails? = nil,
        paymentMethod: PaymentMethod? = nil
    ) {
        self.amount = amount
        self.captureMethod = captureMethod
        self.details = details
        self.paymentMethod = paymentMethod
    }
}

/// An authorization may have been sent and its answer is not known; it is being reversed.
public struct AuthorizationUnknown: Sendable, Equatable {
    /// The attempt.
    public let start: AttemptStart

    /// Creates the value from its parts.
    public init(
        start: AttemptStart
    ) {
        self.start = start
    }
}

/// The network holds the amount for us.
public struct PaymentAuthorized: Sendable, Equatable {
    /// The attempt.
    public let start: AttemptStart
    /// The approval.
    public let authorization: Authorization

    /// Creates the value from its parts.
    public init(
        start: AttemptStart,
        authorization: Authorization
    ) {
        self.start = start
        self.authorization = authorization
    }
}

/// An attempt ended without money; the payment may be tried again.
public struct PaymentFailed: Sendable, Equatable {
    /// The attempt.
    public let chargeID: ChargeID
    /// The attempt's start, when this is the first event about it.
    public let start: AttemptStart?
    /// Who ended it.
    public let kind: FailureKind
    /// What the merchant is told.
    public let error: PaymentError

    /// Creates the value from its parts.
    public init(
        chargeID: ChargeID,
        start: AttemptStart? = nil,
        kind: FailureKind,
        error: PaymentError
    ) {
        self.chargeID = chargeID
        self.start = start
        self.kind = kind
        self.error = error
    }
}

/// A capture was decided; the network is being told until it answers.
public struct CaptureRequested: Sendable, Equatable {
    /// The attempt.
    public let chargeID: ChargeID
    /// How much, and by which command.
    public let request: CaptureRequest

    /// Creates the value from its parts.
    public init(
        chargeID: ChargeID,
        request: CaptureRequest
    ) {
        self.chargeID = chargeID
        self.request = request
    }
}

/// Money was taken from the customer.
public struct PaymentCaptured: Sendable, Equatable {
    /// The attempt.
    public let chargeID: ChargeID
    /// What was captured.
    public let amount: Money
    /// Our fee on it.
    public let fee: Money
    /// What was authorized and let go.
    public let remainder: Release?

    /// Creates the value from its parts.
    public init(
        chargeID: ChargeID,
        amount: Money,
        fee: Money,
        remainder: Release? = nil
    ) {
        self.chargeID = chargeID
        self.amount = amount
        self.fee = fee
        self.remainder = remainder
    }
}

/// The end of an authorization was decided; the network is being told until it answers.
public struct VoidRequested: Sendable, Equatable {
    /// The attempt.
    public let chargeID: ChargeID
    /// Why, and by which command.
    public let request: VoidRequest

    /// Creates the value from its parts.
    public init(
        chargeID: ChargeID,
        request: VoidRequest
    ) {
        self.chargeID = chargeID
        self.request = request
    }
}

/// A payment ended because somebody wanted it to.
public struct PaymentCanceled: Sendable, Equatable {
    /// Why.
    public let reason: CancellationReason?
    /// The attempt whose authorization was voided, if there was one.
    public let chargeID: ChargeID?
    /// The authorized amount that was let go, if there was one.
    public let release: Release?

    /// Creates the value from its parts.
    public init(
        reason: CancellationReason? = nil,
        chargeID: ChargeID? = nil,
        release: Release? = nil
    ) {
        self.reason = reason
        self.chargeID = chargeID
        self.release = release
    }
}

/// A payment ended because nobody captured it in time.
public struct PaymentExpired: Sendable, Equatable {
    /// The attempt whose authorization was voided.
    public let chargeID: ChargeID
    /// The authorized amount that was let go.
    public let release: Release

    /// Creates the value from its parts.
    public init(
        chargeID: ChargeID,
        release: Release
    ) {
        self.chargeID = chargeID
        self.release = release
    }
}

/// A refund was decided; the merchant's money is set aside and the network is being told.
public struct RefundRequested: Sendable, Equatable {
    /// The refund.
    public let refundID: RefundID
    /// The charge that it gives back from.
    public let chargeID: ChargeID
    /// What is given back.
    public let amount: Money
    /// The part of our fee that goes back with it.
    public let feeReturned: Money
    /// What the merchant said.
    public let reason: RefundReason?
    /// The merchant's pairs.
    public let metadata: Metadata
    /// The command that asked; the reference of the refund advice.
    public let command: NetworkReference
    /// The transmission time of the advice.
    public let sentAt: Timestamp
    /// Whether the charge was settled, so that the money comes from what is available.
    public let isAfterSettlement: Bool

    /// Creates the value from its parts.
    public init(
        refundID: RefundID,
        chargeID: ChargeID,
        amount: Money,
        feeReturned: Money,
        reason: RefundReason? = nil,
        metadata: Metadata,
        command: NetworkReference,
        sentAt: Timestamp,
        isAfterSettlement: Bool = false
    ) {
        self.refundID = refundID
        self.chargeID = chargeID
        self.amount = amount
        self.feeReturned = feeReturned
        self.reason = reason
        self.metadata = metadata
        self.command = command
        self.sentAt = sentAt
        self.isAfterSettlement = isAfterSettlement
    }
}

/// The network took a refund: it is cleared.
public struct RefundIssued: Sendable, Equatable {
    /// The refund.
    public let refundID: RefundID
    /// The charge that it gives back from.
    public let chargeID: ChargeID
    /// What was given back.
    public let amount: Money

    /// Creates the value from its parts.
    public init(
        refundID: RefundID,
        chargeID: ChargeID,
        amount: Money
    ) {
        self.refundID = refundID
        self.chargeID = chargeID
        self.amount = amount
    }
}

/// The network refused a refund; the merchant has the money again.
public struct RefundFailed: Sendable, Equatable {
    /// The refund.
    public let refundID: RefundID
    /// The charge that it would have given back from.
    public let chargeID: ChargeID
    /// What was set aside for it.
    public let amount: Money
    /// The part of our fee that had gone back with it.
    public let feeReturned: Money
    /// Why.
    public let reason: RefundFailureReason
    /// The network's response code (field 39).
    public let responseCode: String

    /// Creates the value from its parts.
    public init(
        refundID: RefundID,
        chargeID: ChargeID,
        amount: Money,
        feeReturned: Money,
        reason: RefundFailureReason,
        responseCode: String
    ) {
        self.refundID = refundID
        self.chargeID = chargeID
        self.amount = amount
        self.feeReturned = feeReturned
        self.reason = reason
        self.responseCode = responseCode
    }
}

/// A merchant changed what describes a refund.
public struct RefundUpdated: Sendable, Equatable {
    /// The refund.
    public let refundID: RefundID
    /// The new pairs, whole.
    public let metadata: Metadata

    /// Creates the value from its parts.
    public init(
        refundID: RefundID,
        metadata: Metadata
    ) {
        self.refundID = refundID
        self.metadata = metadata
    }
}
