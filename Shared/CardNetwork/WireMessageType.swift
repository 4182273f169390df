/// The messages of our profile; the raw value is the four digits on the wire.
public enum WireMessageType: String, Sendable, CaseIterable {
    case authorizationRequest = "0100"
    case authorizationResponse = "0110"
    case advice = "0220"
    case adviceRepeat = "0221"
    case adviceResponse = "0230"
    case reversalRequest = "0400"
    case reversalResponse = "0410"
    case reversalAdvice = "0420"
    case reversalAdviceRepeat = "0421"
    case reversalAdviceResponse = "0430"
    case managementRequest = "0800"
    case managementResponse = "0810"

    /// The type of the answer; nil for an answer.
    public var response: WireMessageType? {
        switch self {
        case .authorizationRequest: .authorizationResponse
        case .advice, .adviceRepeat: .adviceResponse
        case .reversalRequest: .reversalResponse
        case .reversalAdvice, .reversalAdviceRepeat: .reversalAdviceResponse
        case .managementRequest: .managementResponse
        case .authorizationResponse, .adviceResponse, .reversalResponse, .reversalAdviceResponse,
            .managementResponse:
            nil
        }
    }

    /// The fields that a message of this type must have.
    public var requiredFields: [WireField] {
        switch self {
        case .authorizationRequest: Self.authorizationFields
        case .advice, .adviceRepeat, .reversalRequest, .reversalAdvice, .reversalAdviceRepeat:
            Self.followUpFields
        case .authorizationResponse, .adviceResponse, .reversalResponse, .reversalAdviceResponse:
            Self.responseFields
        case .managementRequest: [.transmissionTime, .traceNumber, .acquirer, .managementCode]
        case .managementResponse:
            [.transmissionTime, .traceNumber, .acquirer, .responseCode, .managementCode]
        }
    }

    /// The fields that it may have besides; all others are refused.
    public var optionalFields: [WireField] {
        switch self {
        case .authorizationResponse: [.authorizationCode, .networkTransaction]
        case .advice, .adviceRepeat, .reversalRequest, .reversalAdvice, .reversalAdviceRepeat:
            [.authorizationCode, .replacementAmounts]
        case .authorizationRequest, .adviceResponse, .reversalResponse, .reversalAdviceResponse,
            .managementRequest, .managementResponse:
            []
        }
    }

    private static let authorizationFields: [WireField] = [
        .cardToken, .processingCode, .amount, .transmissionTime, .traceNumber, .localTime,
        .localDate, .expirationDate, .merchantCategory, .entryMode, .conditionCode, .acquirer,
        .reference, .terminal, .acceptor, .acceptorName, .currency,
    ]

    private static let followUpFields: [WireField] = [
        .cardToken, .processingCode, .amount, .transmissionTime, .traceNumber, .localTime,
        .localDate, .conditionCode, .acquirer, .reference, .terminal, .acceptor, .currency,
        .originalElements,
    ]

    private static let responseFields: [WireField] = [
        .processingCode, .amount, .transmissionTime, .traceNumber, .acquirer, .reference,
        .responseCode, .terminal, .acceptor, .currency,
    ]
}
