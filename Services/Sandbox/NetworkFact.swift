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
    /// Of a refund: the authorization whose money goes back.
    var original: String?
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
        return document.serialized()
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
    }
}
