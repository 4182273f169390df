public import Money

/// What every message about one family of authorization, capture, reversal or refund needs.
///
/// Field 37 is ``reference``, field 11 ``traceNumber``, field 7 ``sentAt``; a repeat carries
/// exactly the same.
public struct NetworkMessage: Sendable, Equatable {
    /// Points back at the authorization (field 90).
    public struct Original: Sendable, Equatable {
        /// The authorization's own reference.
        public let reference: NetworkReference
        /// The authorization's transmission time.
        public let sentAt: Timestamp

        /// Names the authorization.
        public init(reference: NetworkReference, sentAt: Timestamp) {
            self.reference = reference
            self.sentAt = sentAt
        }
    }

    /// The family's retrieval reference: the authorization's, or the refund's own.
    public let reference: NetworkReference
    /// The command that makes the message send; its number gives the trace number.
    public let command: NetworkReference
    /// The transmission time.
    public let sentAt: Timestamp
    /// The authorization that the message is about; nil on the authorization itself.
    public let original: Original?
    /// The card acceptor.
    public let merchantID: MerchantID
    /// The payment, for logs and traces.
    public let paymentID: PaymentID
    /// The vault's stand-in for the card number.
    public let networkToken: String
    /// What is to be authorized, captured, let go or given back.
    public let amount: Money
    /// What was authorized.
    public let authorizedAmount: Money
    /// The approval code (field 38), once there is one.
    public let authorizationCode: String?
    /// What the cardholder reads, if the payment says so itself.
    public let statementDescriptor: String?

    /// The system trace audit number.
    public var traceNumber: Int32 { command.traceNumber }
}

/// Which reversal is meant.
public enum ReversalKind: Sendable, Equatable {
    /// The merchant's wish (0400); repeated as an advice until acknowledged.
    case void
    /// Ours, because we do not know or do not want what was sent (0420, 0421).
    case system
}

/// What the shell is to do with the card network, outside any transaction.
public enum NetworkEffect: Sendable, Equatable {
    /// Send an authorization request (0100); never repeated.
    case authorize(NetworkMessage, AttemptStart)
    /// Send a capture advice (0220, repeated 0221).
    case capture(NetworkMessage, repeated: Bool)
    /// Send a reversal.
    case reverse(NetworkMessage, ReversalKind, repeated: Bool)
    /// Send a refund advice (0220 with processing code 200000, repeated 0221).
    case refund(NetworkMessage, RefundID, repeated: Bool)
    /// Answer in a dispute, over the network's HTTPS door; the same reference is the same answer.
    case respond(NetworkMessage, DisputeResponse)

    /// The message to send.
    public var message: NetworkMessage {
        switch self {
        case .authorize(let message, _): message
        case .capture(let message, repeated: _): message
        case .reverse(let message, _, repeated: _): message
        case .refund(let message, _, repeated: _): message
        case .respond(let message, _): message
        }
    }
}

/// What came of an effect.
public enum NetworkOutcome: Sendable, Equatable {
    /// An authorization was approved.
    case approved(code: String, networkTransactionID: String?)
    /// An authorization was declined, with its response code (field 39).
    case declined(responseCode: String)
    /// An advice or a reversal was taken.
    case acknowledged
    /// An advice was refused, with its response code.
    case refused(responseCode: String)
    /// A refund was taken note of and is not final.
    case inProgress
    /// It was sent, or may have been, and no answer came in time.
    case unknown
    /// It was certainly not sent.
    case notSent
}
