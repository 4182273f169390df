public import JSON
public import Money

/// What is known about an attempt's authorization.
public enum AttemptOutcome: Sendable, Equatable {
    /// It may have been sent, no answer is recorded, and it is being reversed.
    case unknown
    /// The network holds the amount.
    case authorized(Authorization)
    /// It took no money.
    case failed(AttemptFailure)
    /// The network let the amount go again.
    case voided(Authorization, at: Timestamp)
}

/// One attempt to charge a card: Stripe's charge; a child of its payment.
///
/// Invariant: `captured <= authorized`, in one currency.
public struct Attempt: Sendable, Equatable {
    /// What was settled before the authorization was sent.
    public let start: AttemptStart
    /// What is known about the authorization.
    public internal(set) var outcome: AttemptOutcome
    /// A capture that has been decided; it stays after the network took it.
    public internal(set) var captureRequest: CaptureRequest?
    /// The capture, once the network took it.
    public internal(set) var capture: Capture?
    /// A void that has been decided; it stays after the network took it.
    public internal(set) var voidRequest: VoidRequest?
    /// The authorized amount that was let go without capture, if any.
    public internal(set) var release: Release?
    /// When the first event about the attempt was recorded.
    public let createdAt: Timestamp
    /// The version of that event.
    public let createdVersion: Int32

    /// The attempt's identifier.
    public var id: ChargeID { start.chargeID }

    /// The amount of the attempt.
    public var amount: Money { start.amount }

    /// The approval, if there ever was one.
    public var authorization: Authorization? {
        switch outcome {
        case .authorized(let authorization): authorization
        case .voided(let authorization, at: _): authorization
        case .unknown, .failed: nil
        }
    }

    /// Why the attempt took no money, if it failed.
    public var failure: AttemptFailure? {
        switch outcome {
        case .failed(let failure): failure
        case .unknown, .authorized, .voided: nil
        }
    }

    /// What the network held for us, in minor units.
    public var authorizedMinorUnits: Int64 { authorization == nil ? 0 : amount.minorUnits }

    /// What was taken, in minor units.
    public var capturedMinorUnits: Int64 { capture?.amount.minorUnits ?? 0 }

    /// Whether the amount is held and neither captured nor on its way to an end.
    public var isCapturable: Bool {
        switch outcome {
        case .authorized: captureRequest == nil && voidRequest == nil
        case .unknown, .failed, .voided: false
        }
    }

    /// Whether the network still owes an answer about the authorization, capture or void.
    public var isInFlight: Bool {
        switch outcome {
        case .unknown: true
        case .authorized: (captureRequest != nil || voidRequest != nil) && capture == nil
        case .failed, .voided: false
        }
    }
}

extension AttemptOutcome: DocumentConvertible {
    /// The stored form.
    public var document: JSON {
        switch self {
        case .unknown: ["kind": "unknown"]
        case .authorized(let authorization):
            ["kind": "authorized", "authorization": authorization.document]
        case .failed(let failure): ["kind": "failed", "failure": failure.document]
        case .voided(let authorization, let time):
            [
                "kind": "voided", "authorization": authorization.document,
                "at": time.document,
            ]
        }
    }

    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        switch try fields.required("kind") as String {
        case "unknown": self = .unknown
        case "authorized": self = .authorized(try fields.required("authorization"))
        case "failed": self = .failed(try fields.required("failure"))
        case "voided":
            self = .voided(try fields.required("authorization"), at: try fields.required("at"))
        case _: throw .invalidValue(type: "attempt outcome")
        }
    }
}

extension Attempt: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            start: try fields.required("start"),
            outcome: try fields.required("outcome"),
            captureRequest: try fields.optional("capture_request"),
            capture: try fields.optional("capture"),
            voidRequest: try fields.optional("void_request"),
            release: try fields.optional("release"),
            createdAt: try fields.required("created_at"),
            createdVersion: try fields.required("created_version")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "start": start.document,
            "outcome": outcome.document,
            "capture_request": .optional(captureRequest),
            "capture": .optional(capture),
            "void_request": .optional(voidRequest),
            "release": .optional(release),
            "created_at": createdAt.document,
            "created_version": createdVersion.document,
        ]
    }
}
