import CardNetwork

/// What a request is about; faults can be limited to one kind.
enum RequestKind: String, Sendable, CaseIterable, Codable {
    case authorization
    case capture
    case refund
    case reversal
    case management
}

/// A request as the network's rules see it.
struct NetworkRequest: Sendable, Equatable {
    let message: WireMessage
    let kind: RequestKind
    let family: FamilyKey
    let token: String
    /// What is to be moved: field 95 where it stands in place of field 4.
    let amountMinorUnits: Int64
    let currency: String
    let traceNumber: Int32
    let transmissionTime: String
    let original: OriginalElements?

    /// Reads a decoded message; nil for an answer, or for values that the profile does not know.
    init?(_ message: WireMessage) {
        guard let kind = Self.kind(of: message),
            let trace = message[.traceNumber].flatMap({ Int32($0) }),
            let transmissionTime = message[.transmissionTime], let acquirer = message[.acquirer]
        else { return nil }
        let replacement = message[.replacementAmounts].map { String($0.prefix(12)) }
        guard let amount = Int64(replacement ?? message[.amount] ?? "0") else { return nil }
        self.message = message
        self.kind = kind
        family = FamilyKey(acquirer: acquirer, reference: message[.reference] ?? "")
        token = message[.cardToken] ?? ""
        amountMinorUnits = amount
        currency = message[.currency] ?? ""
        traceNumber = trace
        self.transmissionTime = transmissionTime
        original = message[.originalElements].flatMap { OriginalElements(text: $0) }
    }

    private static func kind(of message: WireMessage) -> RequestKind? {
        let code = message[.processingCode].flatMap { ProcessingCode(rawValue: $0) }
        switch message.type {
        case .authorizationRequest: return code == .purchase ? .authorization : nil
        case .advice, .adviceRepeat:
            switch code {
            case .purchase: return .capture
            case .refund: return .refund
            case nil: return nil
            }
        case .reversalRequest, .reversalAdvice, .reversalAdviceRepeat:
            return code == .purchase ? .reversal : nil
        case .managementRequest: return .management
        case .authorizationResponse, .adviceResponse, .reversalResponse, .reversalAdviceResponse,
            .managementResponse:
            return nil
        }
    }

    /// The fact that this request becomes.
    func fact(_ kind: NetworkFact.Kind, _ responseCode: String) -> NetworkFact {
        NetworkFact(
            kind: kind,
            family: family,
            responseCode: responseCode,
            amountMinorUnits: amountMinorUnits,
            currency: currency,
            token: token,
            traceNumber: traceNumber,
            transmissionTime: transmissionTime,
            acceptor: message[.acceptor] ?? ""
        )
    }

    /// The answer that a verdict becomes: the request's own fields, and what was decided.
    func answer(_ verdict: NetworkVerdict) -> WireMessage? {
        guard let type = message.type.response else { return nil }
        var fields: [WireField: String] = [.responseCode: verdict.responseCode]
        for field in type.requiredFields where field != .responseCode {
            fields[field] = message[field]
        }
        if type.optionalFields.contains(.authorizationCode) {
            fields[.authorizationCode] = verdict.authorizationCode
            fields[.networkTransaction] = verdict.networkTransaction
        }
        return WireMessage(type, fields)
    }
}

extension NetworkFact {
    /// Whether a repeat carries the values with which the first message came.
    func isAbout(_ request: NetworkRequest) -> Bool {
        amountMinorUnits == request.amountMinorUnits && currency == request.currency
            && token == request.token
    }
}
