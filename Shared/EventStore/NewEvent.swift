public import Payments

/// Which request caused an event; merchants see it as `request` on their own events.
public struct EventCause: Sendable, Equatable {
    /// The command's internal number.
    public let commandID: Int64
    /// The request that submitted the command, `req_…`.
    public let requestID: String
    /// The key that the merchant gave the request, if it came from one.
    public let idempotencyKey: String?

    /// Names the cause.
    public init(commandID: Int64, requestID: String, idempotencyKey: String?) {
        self.commandID = commandID
        self.requestID = requestID
        self.idempotencyKey = idempotencyKey
    }
}

/// An event that is to be appended to its stream.
public struct NewEvent: Sendable, Equatable {
    /// Whose stream it is.
    public let merchantID: MerchantID
    /// The fact at its place; the version before it is the one that the store must have.
    public let recorded: RecordedEvent
    /// What caused it.
    public let cause: EventCause

    /// Puts an event together.
    public init(merchantID: MerchantID, recorded: RecordedEvent, cause: EventCause) {
        self.merchantID = merchantID
        self.recorded = recorded
        self.cause = cause
    }
}

/// A stream of one merchant; the key of everything that is stored about it.
public struct StreamKey: Sendable, Hashable {
    /// Whose stream it is.
    public let merchantID: MerchantID
    /// Its name.
    public let stream: StreamID

    /// Names a stream.
    public init(merchantID: MerchantID, stream: StreamID) {
        self.merchantID = merchantID
        self.stream = stream
    }
}
