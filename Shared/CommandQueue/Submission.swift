public import Payments

/// A request of a merchant on its way into the queue.
public struct Submission: Sendable, Equatable {
    /// Whose request it is.
    public let merchantID: MerchantID
    /// The key that makes the request unique for the merchant; every submission has one.
    public let idempotencyKey: String
    /// A keyed digest of the request's parameters, to recognize the same request again.
    public let fingerprint: [UInt8]
    /// The path that was called, `/v1/payment_intents`.
    public let endpoint: String
    /// What is wanted.
    public let command: Command
    /// The request's own identifier, `req_…`.
    public let requestID: String
    /// The API version that the answer is rendered in.
    public let apiVersion: String

    /// Puts a submission together.
    public init(
        merchantID: MerchantID,
        idempotencyKey: String,
        fingerprint: [UInt8],
        endpoint: String,
        command: Command,
        requestID: String,
        apiVersion: String
    ) {
        self.merchantID = merchantID
        self.idempotencyKey = idempotencyKey
        self.fingerprint = fingerprint
        self.endpoint = endpoint
        self.command = command
        self.requestID = requestID
        self.apiVersion = apiVersion
    }
}

/// What became of a submission.
public enum SubmissionResult: Sendable, Equatable {
    /// It is in the queue, durably, under this number.
    case accepted(commandID: Int64)
    /// The merchant has used the key before; nothing was stored.
    case duplicate(EarlierSubmission)
}

/// The submission that holds an idempotency key.
public struct EarlierSubmission: Sendable, Equatable {
    /// The command's internal number.
    public let commandID: Int64
    /// The digest of its parameters.
    public let fingerprint: [UInt8]
    /// The path that was called.
    public let endpoint: String
    /// The request's identifier; Stripe's `Original-Request`.
    public let requestID: String
    /// Its answer, if it has been given; nil while the request is in progress.
    public let reply: StoredReply?

    /// Puts what was found together.
    public init(
        commandID: Int64,
        fingerprint: [UInt8],
        endpoint: String,
        requestID: String,
        reply: StoredReply?
    ) {
        self.commandID = commandID
        self.fingerprint = fingerprint
        self.endpoint = endpoint
        self.requestID = requestID
        self.reply = reply
    }
}

/// An answer as it is stored, once and for ever.
public struct StoredReply: Sendable, Equatable {
    /// The HTTP status.
    public let status: Int16
    /// Compact JSON.
    public let body: [UInt8]

    /// Makes an answer of a status and compact JSON.
    public init(status: Int16, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}
