public import JSON
public import Money

/// What the network tells of its own accord.
public enum NetworkNoticeKind: String, Sendable, CaseIterable, DocumentWord {
    /// A cardholder's bank asks about a charge; no money moves.
    case inquired
    /// A cardholder's bank took money back; of an inquiry when its case is older.
    case chargedBack = "charged_back"
    /// The evidence was good: the network gives back what was taken.
    case represented
    /// The chargeback stands.
    case upheld
    /// An inquiry led to nothing.
    case inquiryClosed = "inquiry_closed"
    /// A cardholder's bank suspects fraud.
    case fraudReported = "fraud_reported"
    /// A cardholder's bank sent a refund back.
    case refundReturned = "refund_returned"
}

/// One entry of the network's log of notices, as it is pulled from its door.
public struct NetworkNotice: Sendable, Equatable {
    /// Its place in the log, from 1 and without gaps.
    public let sequence: Int64
    /// What it tells.
    public let kind: NetworkNoticeKind
    /// Its own reference, under which money it moves is cleared.
    public let reference: NetworkReference
    /// Field 11 of what it moves.
    public let traceNumber: Int32
    /// The authorization that it is about; of a returned refund, the refund.
    public let original: NetworkReference
    /// The reference of the notice that opened the case; its own where it opens one.
    public let networkCase: NetworkReference
    /// Field 42: whose customer it is.
    public let acceptor: String
    /// How much.
    public let amount: Money
    /// Why, in Stripe's words, where it opens a case.
    public let reason: DisputeReason?
    /// Why, in the network's code.
    public let reasonCode: String
    /// How many days the merchant has to answer.
    public let responseDays: Int64

    /// Creates the value from its parts.
    public init(
        sequence: Int64,
        kind: NetworkNoticeKind,
        reference: NetworkReference,
        traceNumber: Int32,
        original: NetworkReference,
        networkCase: NetworkReference,
        acceptor: String,
        amount: Money,
        reason: DisputeReason? = nil,
        reasonCode: String = "",
        responseDays: Int64 = 0
    ) {
        self.sequence = sequence
        self.kind = kind
        self.reference = reference
        self.traceNumber = traceNumber
        self.original = original
        self.networkCase = networkCase
        self.acceptor = acceptor
        self.amount = amount
        self.reason = reason
        self.reasonCode = reasonCode
        self.responseDays = responseDays
    }

    /// What it moves, as clearing files name it.
    public var movement: NetworkMovement {
        NetworkMovement(reference: reference, traceNumber: traceNumber)
    }
}

extension NetworkNotice: DocumentConvertible {
    /// Reads the wire form, which is also the stored one.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            sequence: try fields.required("sequence"),
            kind: try fields.required("kind"),
            reference: try fields.required("reference"),
            traceNumber: try fields.required("trace_number"),
            original: try fields.required("original"),
            networkCase: try fields.required("case"),
            acceptor: try fields.required("acceptor"),
            amount: try fields.required("amount"),
            reason: try fields.optional("reason"),
            reasonCode: try fields.required("reason_code"),
            responseDays: try fields.required("response_days")
        )
    }

    /// The wire form, which is also the stored one.
    public var document: JSON {
        [
            "sequence": sequence.document,
            "kind": kind.document,
            "reference": reference.document,
            "trace_number": traceNumber.document,
            "original": original.document,
            "case": networkCase.document,
            "acceptor": acceptor.document,
            "amount": amount.document,
            "reason": .optional(reason),
            "reason_code": reasonCode.document,
            "response_days": responseDays.document,
        ]
    }
}

/// What a merchant, or the clock in its place, answers in a case.
public enum DisputeAnswer: String, Sendable, CaseIterable, DocumentWord {
    /// Here is why the charge was right.
    case evidence
    /// The customer is right.
    case accepted
    /// Nobody said anything in time.
    case lapsed
    /// The evidence was looked at for long enough without a decision.
    case reviewOver = "review_over"
}

/// An answer on its way to the network; the same reference again is the same answer.
public struct DisputeResponse: Sendable, Equatable {
    /// The case.
    public let networkCase: NetworkReference
    /// The dispute, for what follows.
    public let disputeID: DisputeID
    /// The command's own reference.
    public let reference: NetworkReference
    /// When it was given, in the merchant's time.
    public let sentAt: Timestamp
    /// What is answered.
    public let answer: DisputeAnswer
    /// Whether an inquiry is answered, and not a chargeback.
    ///
    /// An inquiry can become a chargeback while its answer is on the way. The network takes no answer
    /// to a stage that is over: it would decide about a chargeback by what was said of an inquiry.
    public let isOfInquiry: Bool
    /// The evidence; an object of texts.
    public let evidence: JSON

    /// Creates the value from its parts.
    public init(
        networkCase: NetworkReference,
        disputeID: DisputeID,
        reference: NetworkReference,
        sentAt: Timestamp,
        answer: DisputeAnswer,
        isOfInquiry: Bool,
        evidence: JSON
    ) {
        self.networkCase = networkCase
        self.disputeID = disputeID
        self.reference = reference
        self.sentAt = sentAt
        self.answer = answer
        self.isOfInquiry = isOfInquiry
        self.evidence = evidence
    }
}

extension DisputeResponse: DocumentConvertible {
    /// Reads the wire form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            networkCase: try fields.required("case"),
            disputeID: try fields.required("dispute_id"),
            reference: try fields.required("reference"),
            sentAt: try fields.required("sent_at"),
            answer: try fields.required("answer"),
            isOfInquiry: try fields.required("is_of_inquiry"),
            evidence: try fields.required("evidence")
        )
    }

    /// The wire form.
    public var document: JSON {
        [
            "case": networkCase.document,
            "dispute_id": disputeID.document,
            "reference": reference.document,
            "sent_at": sentAt.document,
            "answer": answer.document,
            "is_of_inquiry": isOfInquiry.document,
            "evidence": evidence,
        ]
    }
}
