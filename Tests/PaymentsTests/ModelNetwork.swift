import Money
import Payments
import TestKit

/// A card network that loses messages and answers, and never counts one message twice.
///
/// Its books are the independent truth that the payment's own are compared with.
struct ModelNetwork {
    enum Authorization {
        case declined, held
        case captured(Int64)
        case reversed
    }
    enum RefundAnswer {
        case inProgress(Int)
        case cleared, refused
    }

    private(set) var authorizations: [NetworkReference: Authorization] = [:]
    private(set) var refunds: [NetworkReference: (amount: Int64, answer: RefundAnswer)] = [:]
    private var refusesCapture: Set<NetworkReference> = []
    /// How many of a hundred messages are lost on the way, and as many answers.
    var lossPercent: Int

    init(lossPercent: Int) { self.lossPercent = lossPercent }

    /// What the customer has paid in the end.
    var debitedMinorUnits: Int64 {
        let taken = authorizations.values.reduce(Int64(0)) { sum, authorization in
            if case .captured(let amount) = authorization { sum + amount } else { sum }
        }
        return refunds.values.reduce(taken) { sum, refund in
            if case .cleared = refund.answer { sum - refund.amount } else { sum }
        }
    }

    var holdsNothing: Bool {
        authorizations.values.allSatisfy { if case .held = $0 { false } else { true } }
    }

    mutating func carryOut(
        _ effect: NetworkEffect,
        using generator: inout SeededGenerator
    ) -> NetworkOutcome {
        if generator.chance(percent: lossPercent) {
            return generator.chance(percent: 50) ? .unknown : .notSent
        }
        let answer = take(effect, using: &generator)
        return generator.chance(percent: lossPercent) ? .unknown : answer
    }

    private mutating func take(
        _ effect: NetworkEffect,
        using generator: inout SeededGenerator
    ) -> NetworkOutcome {
        let reference = effect.message.reference
        switch effect {
        case .authorize:
            switch authorizations[reference] {
            case .held, .captured: return Sample.approval
            case .declined, .reversed: return .declined(responseCode: "05")
            case nil:
                if generator.chance(percent: 5) { refusesCapture.insert(reference) }
                authorizations[reference] = generator.chance(percent: 20) ? .declined : .held
                return take(effect, using: &generator)
            }
        case .capture(let message, repeated: _):
            switch authorizations[reference] {
            case .held:
                guard !refusesCapture.contains(reference) else {
                    return .refused(responseCode: "54")
                }
                authorizations[reference] = .captured(message.amount.minorUnits)
                return .acknowledged
            case .captured: return .acknowledged
            case .declined, .reversed, nil: return .refused(responseCode: "25")
            }
        case .reverse:
            authorizations[reference] = .reversed
            return .acknowledged
        case .refund(let message, _, repeated: _):
            switch refunds[reference]?.answer {
            case .cleared: return .acknowledged
            case .refused: return .refused(responseCode: "54")
            case .inProgress(let left):
                let next: RefundAnswer =
                    left > 0
                    ? .inProgress(left - 1) : generator.chance(percent: 80) ? .cleared : .refused
                refunds[reference]?.answer = next
                if case .inProgress = next { return .inProgress }
                return take(effect, using: &generator)
            case nil:
                let delay = generator.chance(percent: 30) ? 2 : 0
                refunds[reference] = (message.amount.minorUnits, .inProgress(delay))
                return take(effect, using: &generator)
            }
        case .respond: return .refused(responseCode: "409")
        }
    }
}
