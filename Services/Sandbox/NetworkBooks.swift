import CardNetwork
import Payments

/// What the network knows of one authorization, with what came after it.
struct AuthorizationRecord: Sendable, Equatable {
    /// The answer to the authorization; nil when only its reversal has come.
    var answer: NetworkFact?
    /// The answer to the capture advice, taken or refused.
    var capture: NetworkFact?
    var isReversed = false
    /// What was undone by the reversal, captured or only held.
    var reversedMinorUnits: Int64 = 0
    /// Money given back or on its way back, by refunds of this authorization.
    var refundedMinorUnits: Int64 = 0
    var pendingRefundMinorUnits: Int64 = 0
    /// Money that the cardholder's bank took back and that was not returned to us.
    var chargedBackMinorUnits: Int64 = 0

    /// What the cardholder's account holds for the merchant.
    var heldMinorUnits: Int64 {
        guard let answer, answer.kind == .authorized, !isReversed, capturedMinorUnits == 0 else {
            return 0
        }
        return answer.amountMinorUnits
    }

    /// What was taken and not undone.
    var capturedMinorUnits: Int64 {
        guard let capture, capture.kind == .captured, !isReversed else { return 0 }
        return capture.amountMinorUnits
    }
}

/// What the network knows of one refund.
struct RefundRecord: Sendable, Equatable {
    /// The last word about it.
    var answer: NetworkFact
    /// Whether the cardholder's bank sent it back afterwards.
    var isReturned = false
}

/// The network's memory: folded from facts, and from nothing else.
struct NetworkBooks: Sendable {
    private(set) var authorizations: [FamilyKey: AuthorizationRecord] = [:]
    private(set) var refunds: [FamilyKey: RefundRecord] = [:]
    private(set) var factCount: Int64 = 0
    /// What was told of the network's own accord, in order.
    private(set) var notices: [NetworkFact] = []
    /// The cases, by the reference of the notice that opened each.
    private(set) var cases: [String: DisputeCase] = [:]
    /// Finds the authorization that field 90 names.
    private(set) var originals: [OriginalElements: FamilyKey] = [:]

    /// What is left to be taken back of the charge that a notice is about.
    func left(of notice: NetworkFact) -> Int64 {
        let key = FamilyKey(
            acquirer: notice.family.acquirer,
            reference: notice.original ?? ""
        )
        guard let record = authorizations[key] else { return 0 }
        return record.capturedMinorUnits - record.refundedMinorUnits
            - record.pendingRefundMinorUnits - record.chargedBackMinorUnits
    }

    /// Adds a fact.
    mutating func apply(_ fact: NetworkFact) {
        factCount += 1
        switch fact.kind {
        case .authorized, .declined:
            authorizations[fact.family, default: .init()].answer = fact
            originals[fact.elements] = fact.family
        case .captured, .captureRefused:
            authorizations[fact.family, default: .init()].capture = fact
        case .reversed, .reversalRemembered: reverse(fact.family)
        case .reversalRefused: break
        case .refundPending, .refunded, .refundRefused: refund(fact)
        case .inquired, .chargedBack, .represented, .upheld, .inquiryClosed, .fraudReported,
            .refundReturned:
            notices.append(fact)
            tell(fact)
        case .answered: answer(fact)
        }
    }

    private mutating func tell(_ fact: NetworkFact) {
        let about = FamilyKey(acquirer: fact.family.acquirer, reference: fact.original ?? "")
        let reference = fact.networkCase ?? fact.family.reference
        switch fact.kind {
        case .inquired: cases[reference] = DisputeCase(opening: fact, isChargedBack: false)
        case .chargedBack:
            authorizations[about, default: .init()].chargedBackMinorUnits += fact.amountMinorUnits
            var known = cases[reference] ?? DisputeCase(opening: fact, isChargedBack: true)
            known.isChargedBack = true
            // Evidence about the inquiry is not evidence about the chargeback.
            known.hasEvidence = false
            cases[reference] = known
        case .represented:
            authorizations[about, default: .init()].chargedBackMinorUnits -= fact.amountMinorUnits
            cases[reference]?.isDecided = true
        case .upheld, .inquiryClosed: cases[reference]?.isDecided = true
        case .refundReturned:
            refunds[about]?.isReturned = true
            guard let original = refunds[about]?.answer.original else { return }
            let key = FamilyKey(acquirer: fact.family.acquirer, reference: original)
            authorizations[key]?.refundedMinorUnits -= fact.amountMinorUnits
        case .fraudReported, .answered, .authorized, .declined, .captured, .captureRefused,
            .reversed, .reversalRemembered, .reversalRefused, .refundPending, .refunded,
            .refundRefused:
            break
        }
    }

    private mutating func answer(_ fact: NetworkFact) {
        guard let reference = fact.networkCase else { return }
        cases[reference]?.answers.insert(fact.family.reference)
        if fact.answer == DisputeAnswer.evidence.rawValue { cases[reference]?.hasEvidence = true }
    }

    private mutating func reverse(_ key: FamilyKey) {
        var record = authorizations[key, default: .init()]
        record.reversedMinorUnits = max(record.heldMinorUnits, record.capturedMinorUnits)
        record.isReversed = true
        authorizations[key] = record
    }

    private mutating func refund(_ fact: NetworkFact) {
        let before = refunds[fact.family]?.answer.kind
        refunds[fact.family] = RefundRecord(answer: fact)
        guard let original = fact.original else { return }
        let key = FamilyKey(acquirer: fact.family.acquirer, reference: original)
        var record = authorizations[key, default: .init()]
        if before == .refundPending { record.pendingRefundMinorUnits -= fact.amountMinorUnits }
        switch fact.kind {
        case .refundPending: record.pendingRefundMinorUnits += fact.amountMinorUnits
        case .refunded: record.refundedMinorUnits += fact.amountMinorUnits
        case .refundRefused, .authorized, .declined, .captured, .captureRefused, .reversed,
            .reversalRemembered, .reversalRefused, .inquired, .chargedBack, .represented, .upheld,
            .inquiryClosed, .fraudReported, .refundReturned, .answered:
            break
        }
        authorizations[key] = record
    }
}

extension NetworkFact {
    /// How field 90 of a later message names this authorization.
    var elements: OriginalElements {
        OriginalElements(
            traceNumber: traceNumber,
            transmissionTime: transmissionTime,
            acquirer: family.acquirer
        )
    }
}
