/// One unit of work on its way: a payment, say, with all the requests that it takes.
struct WorkUnit: Sendable {
    let kind: LoadKind
    /// When it was meant to start, in nanoseconds of the monotonic clock.
    let intended: UInt64
    var stage: Stage
    var payment: KnownPayment
    /// The request under way, kept so that it can be repeated.
    var request: [UInt8]

    /// Which request is under way.
    enum Stage: Sendable, Equatable {
        /// The only one, or the first.
        case first
        /// The capture after an authorization.
        case capture
        /// The same request again, with its key; the first answer had this status.
        case repetition(status: Int)
    }
}

/// A payment that the load remembers, and all that is needed to ask for it again.
struct KnownPayment: Sendable, Equatable {
    var id: String
    let merchant: Int
    let amountMinorUnits: Int
    let card: Int
    /// The number in its idempotency key; nothing for payments that were stored by the loader.
    let keyNumber: Int?
    /// How often a part of it was given back.
    var refunds = 0
}

/// Cards by how often they are used; a twenty-fifth is declined.
enum CardMix {
    static let accepted: [String] =
        Array(repeating: "pm_card_visa", count: 16)
        + Array(repeating: "pm_card_mastercard", count: 6) + ["pm_card_amex", "pm_card_jcb"]

    static let declined = [
        "pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_visa_chargeDeclined",
    ]

    /// The chance of a declined card.
    static let declinedFraction = 0.04

    static func name(_ card: Int) -> String {
        card < accepted.count ? accepted[card] : declined[card - accepted.count]
    }

    static func isDeclined(_ card: Int) -> Bool { card >= accepted.count }

    static func choose(using generator: inout SeededGenerator) -> Int {
        if generator.fraction() < declinedFraction {
            return accepted.count + Int.random(in: declined.indices, using: &generator)
        }
        return Int.random(in: accepted.indices, using: &generator)
    }

    /// A card that is accepted.
    static func chooseAccepted(using generator: inout SeededGenerator) -> Int {
        Int.random(in: accepted.indices, using: &generator)
    }
}
