import JSON

/// Names a family of messages: an authorization with its capture and reversal, or a refund.
struct FamilyKey: Hashable, Sendable {
    let acquirer: String
    let reference: String
}

/// Something that happened in the network: one line of its log, and the only way its books change.
struct NetworkFact: Sendable, Equatable {
    /// What happened; the raw value is the word in the log.
    enum Kind: String, Sendable, CaseIterable {
        case authorized
        case declined
        case captured
        case captureRefused = "capture_refused"
        case reversed
        /// A reversal of something that has not come; it is refused when it does.
        case reversalRemembered = "reversal_remembered"
        case reversalRefused = "reversal_refused"
        case refundPending = "refund_pending"
        case refunded
        case refundRefused = "refund_refused"
        // What the network tells of its own accord, and the answers that it gets.
        case inquired
        case chargedBack = "charged_back"
        case represented
        case upheld
        case inquiryClosed = "inquiry_closed"
        case fraudReported = "fraud_reported"
        case refundReturned = "refund_returned"
        case answered

        /// Whether it is told to the acquirer.
        var isNotice: Bool {
            switch self {
            case .inquired, .chargedBack, .represented, .upheld, .inquiryClosed, .fraudReported,
                .refundReturned:
                true
            case .authorized, .declined, .captured, .captureRefused, .reversed,
                .reversalRemembered, .reversalRefused, .refundPending, .refunded, .refundRefused,
                .answered:
                false
            }
        }
    }

    let kind: Kind
    let family: FamilyKey
    let responseCode: String
    let amountMinorUnits: Int64
    let currency: String
    let token: String
    let traceNumber: Int32
    let transmissionTime: String
    let acceptor: String
    /// Of an authorization.
    var authorizationCode: String?
    /// Of an authorization.
    var networkTransaction: String?
    /// Of a refund: the authorization whose money goes back; of a notice: what it is about.
    var original: String?
    /// Of a notice or an answer: the reference of the notice that opened the case.
    var networkCase: String?
    /// Of a notice that opens a case: why.
    var reason: String?
    /// The same in the network's own code.
    var reasonCode: String?
    /// Of a notice that opens a case: how many days there are to answer.
    var responseDays: Int64?
    /// Of an answer: which.
    var answer: String?
}

extension NetworkFact {
    /// The line for the log; `sequence` counts the lines from 1.
    func line(sequence: Int64, recordedAtMicroseconds: Int64) -> [UInt8] {
        let document: JSON = [
            "sequence": .integer(sequence),
            "recorded_at_microseconds": .integer(recordedAtMicroseconds),
            "kind": .string(kind.rawValue),
            "acquirer": .string(family.acquirer),
            "reference": .string(family.reference),
            "response_code": .string(responseCode),
            "amount_minor_units": .integer(amountMinorUnits),
            "currency": .string(currency),
            "token": .string(token),
            "trace_number": .integer(Int64(traceNumber)),
            "transmission_time": .string(transmissionTime),
            "acceptor": .string(acceptor),
            "authorization_code": authorizationCode.map { .string($0) } ?? .null,
            "network_transaction": networkTransaction.map { .string($0) } ?? .null,
            "original": original.map { .string($0) } ?? .null,
        ]
        if kind.isNotice || kind == .answered, case .object(let members) = document {
            return JSON.object(members + caseMembers).serialized()
        }
        return document.serialized()
    }

    private var caseMembers: [JSON.Member] {
        [
            .init(key: "case", value: networkCase.map { .string($0) } ?? .null),
            .init(key: "reason", value: reason.map { .string($0) } ?? .null),
            .init(key: "reason_code", value: reasonCode.map { .string($0) } ?? .null),
            .init(key: "response_days", value: responseDays.map { .integer($0) } ?? .null),
            .init(key: "answer", value: answer.map { .string($0) } ?? .null),
        ]
    }

    /// Reads a line of the log.
    init(line: [UInt8]) throws {
        let document = try JSON(parsing: line)
        guard let kind = Kind(rawValue: try document.string("kind")) else {
            throw LogFailure("the log has a kind of fact that this version does not know")
        }
        self.init(
            kind: kind,
            family: FamilyKey(
                acquirer: try document.string("acquirer"),
                reference: try document.string("reference")
            ),
            responseCode: try document.string("response_code"),
            amountMinorUnits: try document.integer("amount_minor_units"),
            currency: try document.string("currency"),
            token: try document.string("token"),
            traceNumber: Int32(clamping: try document.integer("trace_number")),
            transmissionTime: try document.string("transmission_time"),
            acceptor: try document.string("acceptor"),
            authorizationCode: try document.optionalString("authorization_code"),
            networkTransaction: try document.optionalString("network_transaction"),
            original: try document.optionalString("original")
        )
        guard kind.isNotice || kind == .answered else { return }
        networkCase = try document.optionalString("case")
        reason = try document.optionalString("reason")
        reasonCode = try document.optionalString("reason_code")
        responseDays = try document.optionalInteger("response_days")
        answer = try document.optionalString("answer")
    }
}
