/// How an attempt to deliver ended.
public enum DeliveryOutcome: Sendable, Equatable {
    /// A status from 200 to 299.
    case delivered(status: Int)
    /// Any other status; a redirect is one, because none is followed.
    case answered(status: Int)
    /// Nothing was sent, because the address may not be used.
    case forbidden(AddressRefusal)
    /// The name could not be resolved.
    case unresolved
    /// No connection came about.
    case unreachable
    /// The certificate or the handshake was no good.
    case insecure
    /// A phase took too long.
    case timedOut(AttemptPhase)
    /// The connection broke, or what came was not HTTP.
    case broken
    /// The process that made the attempt ended before it was recorded.
    case interrupted

    /// The word in the delivery log.
    public var name: String {
        switch self {
        case .delivered: "delivered"
        case .answered(let status): (300..<400).contains(status) ? "redirected" : "refused"
        case .forbidden: "forbidden_address"
        case .unresolved: "unresolved"
        case .unreachable: "unreachable"
        case .insecure: "insecure"
        case .timedOut(let phase): "timed_out_\(phase.rawValue)"
        case .broken: "broken"
        case .interrupted: "interrupted"
        }
    }

    /// The status that came, if one did.
    public var status: Int? {
        switch self {
        case .delivered(let status), .answered(let status): status
        case .forbidden, .unresolved, .unreachable, .insecure, .timedOut, .broken, .interrupted:
            nil
        }
    }

    /// Whether the receiver has the event.
    public var isDelivered: Bool {
        if case .delivered = self { return true }
        return false
    }

    /// Whether the receiver asked for fewer requests.
    var isTooMany: Bool { status == 429 || status == 503 }

    /// Whether the attempt held a place for long, or may have.
    var isStuck: Bool {
        switch self {
        case .timedOut, .unreachable, .interrupted: true
        case .delivered, .answered, .forbidden, .unresolved, .insecure, .broken: false
        }
    }
}

/// The phases of an attempt that have a limit of their own.
public enum AttemptPhase: String, Sendable, CaseIterable {
    /// Resolving, connecting and the handshake.
    case connect
    /// Until the first byte of the answer.
    case firstByte = "first_byte"
    /// All of it.
    case total
}
