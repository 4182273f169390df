/// Where a payment stands, in the product's own strict words.
///
/// The state is a projection of the payment's parts (attempt, capture, refunds; settlement, payout
/// and dispute), so one word can stand for several parts: a refund in flight hides
/// the settlement underneath, and its failure uncovers it again.
public enum LifecycleState: String, Sendable, CaseIterable, Hashable {
    case created
    case authorized
    case capturePending = "capture_pending"
    case captured
    case settlementPending = "settlement_pending"
    case settled
    case payoutPending = "payout_pending"
    case payoutCompleted = "payout_completed"
    case refundPending = "refund_pending"
    case partiallyRefunded = "partially_refunded"
    case refunded
    case disputed
    case canceled
    case expired
    case failed

    /// Whether the payment can move from this state to another in one step.
    ///
    /// Staying is not a move: no state leads to itself.
    public func canBecome(_ next: LifecycleState) -> Bool {
        LifecycleTransition.legal.contains(LifecycleTransition(from: self, to: next))
    }

    /// Whether nothing can follow; `failed` can: the payment may be confirmed with another card.
    public var isTerminal: Bool {
        switch self {
        case .canceled, .expired: true
        case .created, .authorized, .capturePending, .captured, .settlementPending, .settled,
            .payoutPending, .payoutCompleted, .refundPending, .partiallyRefunded, .refunded,
            .disputed, .failed:
            false
        }
    }
}

extension LifecycleState {
    /// The states that money passes through once it is captured, in order.
    static let progress: [LifecycleState] = [
        .captured, .settlementPending, .settled, .payoutPending, .payoutCompleted,
    ]
}

/// One legal step between two lifecycle states.
public struct LifecycleTransition: Sendable, Hashable {
    /// The state that is left.
    public let from: LifecycleState
    /// The state that is entered.
    public let to: LifecycleState

    /// Names a step; whether it is legal is for the table to say.
    public init(from: LifecycleState, to: LifecycleState) {
        self.from = from
        self.to = to
    }

    /// The whole table, as data; the database holds the same rows.
    public static let legal: Set<LifecycleTransition> = Set(
        rows.flatMap { row in row.to.map { LifecycleTransition(from: row.from, to: $0) } }
    )

    private static let rows: [(from: LifecycleState, to: [LifecycleState])] = [
        (.created, [.authorized, .failed, .canceled]),
        // The next card, or giving up.
        (.failed, [.authorized, .canceled]),
        (.authorized, [.capturePending, .canceled, .expired]),
        // A refused capture is reversed at the network before the payment fails.
        (.capturePending, [.captured, .failed]),
        // Canceled: voided before the network's cut-off, the capture's journal reversed exactly.
        (.captured, [.settlementPending, .refundPending, .disputed, .canceled]),
        (.settlementPending, [.settled, .refundPending, .disputed]),
        (.settled, [.payoutPending, .refundPending, .disputed]),
        // Back to settled: the bank refused the payout, or sent it back after it was paid.
        (.payoutPending, [.payoutCompleted, .settled, .refundPending, .disputed]),
        (.payoutCompleted, [.settled, .refundPending, .disputed]),
        // A failed refund uncovers what was there before it.
        (.refundPending, [.partiallyRefunded, .refunded, .disputed] + LifecycleState.progress),
        // To progress without a pending refund: the card's bank sent a cleared refund back.
        (.partiallyRefunded, [.refundPending, .disputed] + LifecycleState.progress),
        (.refunded, [.partiallyRefunded, .disputed] + LifecycleState.progress),
        // A won dispute returns to what was there before it.
        (.disputed, [.refundPending, .partiallyRefunded, .refunded] + LifecycleState.progress),
        (.canceled, []),
        (.expired, []),
    ]
}
