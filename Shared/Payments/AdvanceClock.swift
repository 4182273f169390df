public import JSON
public import Money

/// Moves a demo merchant's own clock forward, and has everything done that is due by then.
public struct AdvanceClock: Sendable, Equatable {
    /// How far the clock goes.
    public enum Goal: Sendable, Equatable {
        /// To a moment.
        case moment(Timestamp)
        /// By so much from the moment at which the command was received.
        case seconds(Int64)
    }

    /// The furthest that one command goes: a year and a day.
    public static let maximumSeconds: Int64 = 366 * 86_400

    /// Whose clock it is.
    public let merchantID: MerchantID
    /// How far it goes.
    public let goal: Goal

    /// Creates the value from its parts.
    public init(merchantID: MerchantID, goal: Goal) {
        self.merchantID = merchantID
        self.goal = goal
    }
}

extension AdvanceClock: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        let moment: Timestamp? = try fields.optional("moment")
        let goal: Goal
        if let moment {
            goal = .moment(moment)
        } else {
            goal = .seconds(try fields.required("seconds"))
        }
        self.init(merchantID: try fields.required("merchant_id"), goal: goal)
    }

    /// The stored form.
    public var document: JSON {
        switch goal {
        case .moment(let moment):
            ["merchant_id": merchantID.document, "moment": moment.document, "seconds": .null]
        case .seconds(let seconds):
            ["merchant_id": merchantID.document, "moment": .null, "seconds": seconds.document]
        }
    }
}

extension SubmittedCommand {
    /// Checks how far a clock is to go; the shell moves it before the reply is stored.
    func advance(_ request: AdvanceClock) throws(Refusal) -> Decision {
        let goal =
            switch request.goal {
            case .moment(let moment): moment
            case .seconds(let seconds): receivedAt.adding(seconds: seconds)
            }
        guard goal >= receivedAt else { throw .clockGoesBack(to: goal, from: receivedAt) }
        guard goal <= receivedAt.adding(seconds: AdvanceClock.maximumSeconds) else {
            throw .clockGoesTooFar(to: goal, from: receivedAt)
        }
        return Decision(reply: .testClock(goal))
    }
}
