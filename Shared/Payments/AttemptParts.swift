public import Money

/// When the money is taken.
public enum CaptureMethod: String, Sendable, CaseIterable, DocumentWord {
    /// Right after approval.
    case automatic
    /// Right after approval; Stripe's default word.
    case automaticAsync = "automatic_async"
    /// When the merchant asks.
    case manual
}

/// Why an authorization ends without capture.
public enum VoidPurpose: String, Sendable, CaseIterable, DocumentWord {
    /// Somebody canceled the payment.
    case cancel
    /// Nobody captured it in time.
    case expire
}

/// Why a payment was canceled; the last two are ours to give, not the merchant's.
public enum CancellationReason: String, Sendable, CaseIterable, DocumentWord {
    case abandoned
    case duplicate
    case fraudulent
    case requestedByCustomer = "requested_by_customer"
    case automatic
    case expired
}

/// Who ended an attempt.
public enum FailureKind: String, Sendable, CaseIterable, DocumentWord {
    /// The issuer or the network said no.
    case declined
    /// We refused it before the network saw it.
    case blocked
    /// The answer never came; the authorization was reversed.
    case reversed
    /// The network could not be reached.
    case notSent = "not_sent"
    /// The network refused the capture; the authorization was reversed.
    case captureRefused = "capture_refused"
}

/// Everything about an attempt that is settled before its authorization is sent.
///
/// It is made from the command alone (and the payment it works on), so a process that takes the
/// command over derives the same start and can reverse what may have been sent.
public struct AttemptStart: Sendable, Equatable {
    /// The charge that the attempt is shown as.
    public let chargeID: ChargeID
    /// The retrieval reference of the authorization, its capture and its reversal.
    public let reference: NetworkReference
    /// What is to be authorized.
    public let amount: Money
    /// The payment method as it was then.
    public let paymentMethod: PaymentMethod
    /// Whether approval is followed by capture at once.
    public let captureMethod: CaptureMethod
    /// What the cardholder reads, if the payment says so itself.
    public let statementDescriptor: String?
    /// The transmission time (field 7) of the authorization: when the command came in.
    public let sentAt: Timestamp

    /// Creates the value from its parts.
    public init(
        chargeID: ChargeID,
        reference: NetworkReference,
        amount: Money,
        paymentMethod: PaymentMethod,
        captureMethod: CaptureMethod,
        statementDescriptor: String? = nil,
        sentAt: Timestamp
    ) {
        self.chargeID = chargeID
        self.reference = reference
        self.amount = amount
        self.paymentMethod = paymentMethod
        self.captureMethod = captureMethod
        self.statementDescriptor = statementDescriptor
        self.sentAt = sentAt
    }
}

/// The network's approval of an attempt.
public struct Authorization: Sendable, Equatable {
    /// The issuer's approval code (field 38).
    public let code: String
    /// The scheme's identifier of the transaction.
    public let networkTransactionID: String?
    /// When the approval was recorded.
    public let authorizedAt: Timestamp
    /// When a held authorization lapses; nil when it is captured at once.
    public let captureBefore: Timestamp?

    /// Creates the value from its parts.
    public init(
        code: String,
        networkTransactionID: String? = nil,
        authorizedAt: Timestamp,
        captureBefore: Timestamp? = nil
    ) {
        self.code = code
        self.networkTransactionID = networkTransactionID
        self.authorizedAt = authorizedAt
        self.captureBefore = captureBefore
    }
}

/// A capture that has been decided and is being told to the network.
public struct CaptureRequest: Sendable, Equatable {
    /// What is captured, at most what was authorized.
    public let amount: Money
    /// The command that asked; gives the advice its trace number.
    public let command: NetworkReference
    /// The transmission time of the advice.
    public let sentAt: Timestamp
    /// Names the release of what is authorized and not captured, if anything.
    public let remainderRefundID: RefundID?

    /// Creates the value from its parts.
    public init(
        amount: Money,
        command: NetworkReference,
        sentAt: Timestamp,
        remainderRefundID: RefundID? = nil
    ) {
        self.amount = amount
        self.command = command
        self.sentAt = sentAt
        self.remainderRefundID = remainderRefundID
    }
}

/// Money taken from the customer.
public struct Capture: Sendable, Equatable {
    /// What was captured.
    public let amount: Money
    /// Our fee on it.
    public let fee: Money
    /// When the capture was recorded.
    public let capturedAt: Timestamp
    /// The version of the `payment_captured` event, from which the journal is named.
    public let eventVersion: Int32

    /// Creates the value from its parts.
    public init(
        amount: Money,
        fee: Money,
        capturedAt: Timestamp,
        eventVersion: Int32
    ) {
        self.amount = amount
        self.fee = fee
        self.capturedAt = capturedAt
        self.eventVersion = eventVersion
    }
}

/// The end of an authorization that has been decided and is being told to the network.
public struct VoidRequest: Sendable, Equatable {
    /// The command that asked; gives the reversal its trace number.
    public let command: NetworkReference
    /// The transmission time of the reversal.
    public let sentAt: Timestamp
    /// Whether the payment is canceled or has expired.
    public let purpose: VoidPurpose
    /// What the merchant said.
    public let reason: CancellationReason?
    /// Names the release of the authorized amount.
    public let remainderRefundID: RefundID
    /// The pairs that the release carries, when it was asked for as a refund.
    public let releaseMetadata: Metadata

    /// Creates the value from its parts.
    public init(
        command: NetworkReference,
        sentAt: Timestamp,
        purpose: VoidPurpose,
        reason: CancellationReason? = nil,
        remainderRefundID: RefundID,
        releaseMetadata: Metadata = Metadata()
    ) {
        self.command = command
        self.sentAt = sentAt
        self.purpose = purpose
        self.reason = reason
        self.remainderRefundID = remainderRefundID
        self.releaseMetadata = releaseMetadata
    }
}

/// Why a payment attempt failed, in the words that the merchant sees.
///
/// The wording is stored with the event, so a later wording changes no past answer.
public struct PaymentError: Sendable, Equatable {
    /// Stripe's error code, `card_declined`.
    public let code: String
    /// The finer reason, `insufficient_funds`.
    public let declineCode: String?
    /// A sentence that can be shown to the customer.
    public let message: String
    /// The card field at fault, `cvc`.
    public let parameter: String?
    /// What to do next, `try_again_later`.
    public let adviceCode: String?
    /// The network's response code (field 39), if the network was asked.
    public let networkDeclineCode: String?

    /// Creates the value from its parts.
    public init(
        code: String,
        declineCode: String? = nil,
        message: String,
        parameter: String? = nil,
        adviceCode: String? = nil,
        networkDeclineCode: String? = nil
    ) {
        self.code = code
        self.declineCode = declineCode
        self.message = message
        self.parameter = parameter
        self.adviceCode = adviceCode
        self.networkDeclineCode = networkDeclineCode
    }
}

/// The end of an attempt that took no money.
public struct AttemptFailure: Sendable, Equatable {
    /// Who ended it.
    public let kind: FailureKind
    /// What the merchant is told.
    public let error: PaymentError
    /// When it was recorded.
    public let failedAt: Timestamp

    /// Creates the value from its parts.
    public init(
        kind: FailureKind,
        error: PaymentError,
        failedAt: Timestamp
    ) {
        self.kind = kind
        self.error = error
        self.failedAt = failedAt
    }
}
