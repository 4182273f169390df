import Payments

/// What a test card's bank does of its own accord once money was taken.
enum DisputeScript: Sendable, Equatable {
    /// Takes everything back: the cardholder did not do it.
    case fraudulent
    /// Takes everything back: nothing was delivered.
    case productNotReceived
    /// Asks first.
    case inquiry
    /// Takes the money back in two cases.
    case several
    /// Suspects fraud, and says so.
    case fraudReport
}

/// What the network knows of one case: an inquiry, a chargeback, or the one that became the other.
struct DisputeCase: Sendable, Equatable {
    /// The notice that opened it.
    let opening: NetworkFact
    /// Whether money was taken back in it.
    var isChargedBack: Bool
    /// Whether it has come to its end.
    var isDecided = false
    /// Whether evidence is there that has not been decided about.
    var hasEvidence = false
    /// The references of the answers that were taken.
    var answers: Set<String> = []
}

/// The network's rules about disputes: pure decisions over its books.
struct CaseRules: Sendable {
    /// How long merchants have to answer, in days.
    static let inquiryDays: Int64 = 14
    static let chargebackDays: Int64 = 20
    /// What a statement has to say to be decided about at once.
    static let winningStatement = "winning_evidence"
    static let losingStatement = "losing_evidence"
    static let escalatingStatement = "escalate_inquiry_evidence"
    /// The response code with which a cardholder's bank sends a refund back.
    private static let returnedRefundCode = "05"

    let books: NetworkBooks

    /// What a card's bank does after a capture or a refund.
    func aftermath(of fact: NetworkFact, card: IssuedCard?) -> [NetworkFact] {
        switch (fact.kind, card?.behavior) {
        case (.captured, .disputes(let script)): return opened(script, after: fact)
        case (.refunded, .failsRefunds):
            var returned = notice(.refundReturned, 1, about: fact, fact.amountMinorUnits)
            returned.original = fact.family.reference
            returned.reasonCode = Self.returnedRefundCode
            return [returned]
        case (_, _): return []
        }
    }

    private func opened(_ script: DisputeScript, after capture: NetworkFact) -> [NetworkFact] {
        let whole = capture.amountMinorUnits
        switch script {
        case .fraudulent:
            return [chargeback(1, capture, whole, .fraudulent, code: "10.4")]
        case .productNotReceived:
            return [chargeback(1, capture, whole, .productNotReceived, code: "13.1")]
        case .inquiry: return [inquiry(1, capture, whole)]
        case .several:
            let half = whole / 2
            guard half > 0 else {
                return [chargeback(1, capture, whole, .fraudulent, code: "10.4")]
            }
            return [
                chargeback(1, capture, half, .fraudulent, code: "10.4"),
                chargeback(2, capture, whole - half, .productNotReceived, code: "13.1"),
            ]
        case .fraudReport: return [fraudReport(capture)]
        }
    }

    /// A chargeback of a charge.
    func chargeback(
        _ ordinal: Int64,
        _ capture: NetworkFact,
        _ minorUnits: Int64,
        _ reason: DisputeReason,
        code: String
    ) -> NetworkFact {
        var fact = notice(.chargedBack, ordinal, about: capture, minorUnits)
        fact.networkCase = fact.family.reference
        fact.reason = reason.rawValue
        fact.reasonCode = code
        fact.responseDays = Self.chargebackDays
        return fact
    }

    /// An inquiry about a charge.
    func inquiry(_ ordinal: Int64, _ capture: NetworkFact, _ minorUnits: Int64) -> NetworkFact {
        var fact = notice(.inquired, ordinal, about: capture, minorUnits)
        fact.networkCase = fact.family.reference
        fact.reason = DisputeReason.fraudulent.rawValue
        fact.reasonCode = "10"
        fact.responseDays = Self.inquiryDays
        return fact
    }

    /// A suspicion about a charge.
    func fraudReport(_ capture: NetworkFact) -> NetworkFact {
        var fact = notice(.fraudReported, 1, about: capture, capture.amountMinorUnits)
        fact.reasonCode = "unauthorized_use_of_card"
        return fact
    }

    /// What a merchant's answer in a case leads to; nil when the case takes no (further) answer.
    ///
    /// An answer that was taken before is taken again, with no second effect.
    func answered(
        _ answer: DisputeAnswer,
        ofInquiry: Bool,
        in reference: String,
        as own: FamilyKey,
        statement: String,
        transmissionTime: String
    ) -> [NetworkFact]? {
        guard let known = books.cases[reference] else { return nil }
        if known.answers.contains(own.reference) { return [] }
        // Evidence that is being looked at leaves nothing to answer, but its time may be over.
        guard !known.isDecided, known.hasEvidence == (answer == .reviewOver),
            known.isChargedBack != ofInquiry
        else { return nil }
        var taken = known.opening
        taken = taken.copy(.answered, own, at: transmissionTime)
        taken.networkCase = reference
        taken.answer = answer.rawValue
        return [taken] + decision(known, reference, answer, statement, transmissionTime)
    }

    private func decision(
        _ known: DisputeCase,
        _ reference: String,
        _ answer: DisputeAnswer,
        _ statement: String,
        _ time: String
    ) -> [NetworkFact] {
        let kind: NetworkFact.Kind
        switch (answer, statement) {
        case (.accepted, _), (.lapsed, _), (.reviewOver, _):
            kind = known.isChargedBack ? .upheld : .inquiryClosed
        case (.evidence, Self.winningStatement):
            kind = known.isChargedBack ? .represented : .inquiryClosed
        case (.evidence, Self.losingStatement):
            kind = known.isChargedBack ? .upheld : .inquiryClosed
        case (.evidence, Self.escalatingStatement) where !known.isChargedBack:
            // What went back meanwhile is not taken a second time.
            let left = books.left(of: known.opening)
            kind = known.opening.amountMinorUnits <= left ? .chargedBack : .inquiryClosed
        case (.evidence, _): return []
        }
        var fact = notice(kind, 1, about: known.opening, known.opening.amountMinorUnits)
        fact = fact.copy(kind, fact.family, at: time)
        fact.original = known.opening.original
        fact.networkCase = reference
        if kind == .chargedBack {
            fact.reason = known.opening.reason
            fact.reasonCode = "10.4"
            fact.responseDays = Self.chargebackDays
        }
        return [fact]
    }

    /// The next notice but so many, about a capture or refund.
    private func notice(
        _ kind: NetworkFact.Kind,
        _ ordinal: Int64,
        about fact: NetworkFact,
        _ minorUnits: Int64
    ) -> NetworkFact {
        let number = Int64(books.notices.count) + ordinal
        let digits = String(number, radix: 36, uppercase: true)
        // Eleven digits behind a letter that no number of a command begins with.
        let reference = "N" + String(repeating: "0", count: max(0, 11 - digits.count)) + digits
        var notice = NetworkFact(
            kind: kind,
            family: FamilyKey(acquirer: fact.family.acquirer, reference: reference),
            responseCode: "00",
            amountMinorUnits: minorUnits,
            currency: fact.currency,
            token: fact.token,
            traceNumber: Int32(number % 999_999) + 1,
            transmissionTime: fact.transmissionTime,
            acceptor: fact.acceptor
        )
        notice.original = fact.family.reference
        notice.networkCase = reference
        return notice
    }
}

extension NetworkFact {
    /// The same about something else, at another time.
    fileprivate func copy(_ kind: Kind, _ family: FamilyKey, at time: String) -> NetworkFact {
        var copy = NetworkFact(
            kind: kind,
            family: family,
            responseCode: responseCode,
            amountMinorUnits: amountMinorUnits,
            currency: currency,
            token: token,
            traceNumber: traceNumber,
            transmissionTime: time,
            acceptor: acceptor
        )
        copy.original = original
        return copy
    }
}
