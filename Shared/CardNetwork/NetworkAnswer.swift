import Payments

extension NetworkEffect {
    /// What an answer to this effect's message means.
    ///
    /// Nil where the answer contradicts the request, so that it answers nothing.
    func outcome(request: WireMessage, answer: WireMessage) -> NetworkOutcome? {
        let echoed: [WireField] = [
            .processingCode, .amount, .transmissionTime, .acquirer, .terminal, .acceptor, .currency,
        ]
        guard answer.type == request.type.response,
            echoed.allSatisfy({ answer[$0] == request[$0] }),
            let code = answer[.responseCode]
        else { return nil }
        switch self {
        case .authorize: return Self.authorization(answer, code)
        case .capture, .reverse, .refund, .respond:
            switch code {
            case ResponseCode.approved: return .acknowledged
            case ResponseCode.inProgress: return .inProgress
            case _: return .refused(responseCode: code)
            }
        }
    }

    private static func authorization(_ answer: WireMessage, _ code: String) -> NetworkOutcome? {
        guard code == ResponseCode.approved else { return .declined(responseCode: code) }
        // An approval without its code cannot be captured later, so it is not understood.
        guard let approval = answer[.authorizationCode] else { return nil }
        return .approved(code: approval, networkTransactionID: answer[.networkTransaction])
    }
}
