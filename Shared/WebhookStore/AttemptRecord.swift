import JSON
public import Money
public import Webhooks

/// What is known of an attempt after it.
public struct AttemptRecord: Sendable, Equatable {
    /// How long the phases took, each from the attempt's beginning, in microseconds.
    public struct Timings: Sendable, Equatable {
        /// Until the name was resolved.
        public var resolve: Int64?
        /// Until the connection stood.
        public var connect: Int64?
        /// Until the handshake was done.
        public var secure: Int64?
        /// Until the first byte of the answer.
        public var firstByte: Int64?
        /// Until the end.
        public var total: Int64?

        /// Nothing measured yet.
        public init() {}
    }

    /// When it began.
    public var startedAt: Timestamp
    /// How it ended.
    public var outcome: DeliveryOutcome
    /// Where it went.
    public var url: String
    /// The headers that were sent, in order.
    public var requestHeaders: [(name: String, value: String)]
    /// The names of the keys that signed it.
    public var keyIDs: [String]
    /// The address that was connected to.
    public var peerAddress: String?
    /// The phases.
    public var timings: Timings
    /// The headers that came, in order, as far as they are kept.
    public var responseHeaders: [(name: String, value: String)]
    /// The beginning of the body that came.
    public var responseBody: [UInt8]
    /// Whether there was more of it.
    public var isBodyCut: Bool

    /// Describes an attempt.
    public init(
        startedAt: Timestamp,
        outcome: DeliveryOutcome,
        url: String,
        requestHeaders: [(name: String, value: String)] = [],
        keyIDs: [String] = [],
        peerAddress: String? = nil,
        timings: Timings = Timings(),
        responseHeaders: [(name: String, value: String)] = [],
        responseBody: [UInt8] = [],
        isBodyCut: Bool = false
    ) {
        self.startedAt = startedAt
        self.outcome = outcome
        self.url = url
        self.requestHeaders = requestHeaders
        self.keyIDs = keyIDs
        self.peerAddress = peerAddress
        self.timings = timings
        self.responseHeaders = responseHeaders
        self.responseBody = responseBody
        self.isBodyCut = isBodyCut
    }

    /// The value of the first header of a name that came.
    public func responseHeader(_ name: String) -> String? {
        responseHeaders.first { $0.name.lowercased() == name }?.value
    }

    /// Equal in every part.
    public static func == (left: AttemptRecord, right: AttemptRecord) -> Bool {
        left.startedAt == right.startedAt && left.outcome == right.outcome
            && left.url == right.url && left.keyIDs == right.keyIDs
            && left.peerAddress == right.peerAddress && left.timings == right.timings
            && left.responseBody == right.responseBody && left.isBodyCut == right.isBodyCut
            && headers(left.requestHeaders) == headers(right.requestHeaders)
            && headers(left.responseHeaders) == headers(right.responseHeaders)
    }

    /// Headers as they are stored: pairs, because names may come twice.
    static func headers(_ headers: [(name: String, value: String)]) -> JSON {
        .array(headers.map { .array([.string($0.name), .string($0.value)]) })
    }
}
