import Payments
import Testing

/// Written out a second time, by hand, so that a slip in the product's table cannot hide.
private let expected: [String: Set<String>] = [
    "created": ["authorized", "failed", "canceled"],
    "authorized": ["capture_pending", "canceled", "expired"],
    "capture_pending": ["captured", "failed"],
    "captured": ["settlement_pending", "refund_pending", "disputed", "canceled"],
    "settlement_pending": ["settled", "refund_pending", "disputed"],
    "settled": ["payout_pending", "refund_pending", "disputed"],
    "payout_pending": ["payout_completed", "settled", "refund_pending", "disputed"],
    "payout_completed": ["settled", "refund_pending", "disputed"],
    "refund_pending": [
        "captured", "settlement_pending", "settled", "payout_pending", "payout_completed",
        "partially_refunded", "refunded", "disputed",
    ],
    "partially_refunded": [
        "captured", "settlement_pending", "settled", "payout_pending", "payout_completed",
        "refund_pending", "disputed",
    ],
    "refunded": [
        "captured", "settlement_pending", "settled", "payout_pending", "payout_completed",
        "partially_refunded", "disputed",
    ],
    "disputed": [
        "captured", "settlement_pending", "settled", "payout_pending", "payout_completed",
        "refund_pending", "partially_refunded", "refunded",
    ],
    "canceled": [],
    "expired": [],
    "failed": ["authorized", "canceled"],
]

@Suite("Lifecycle transitions")
struct LifecycleTransitionTests {
    @Test("Every pair of states is legal or illegal exactly as written")
    func everyPair() {
        #expect(LifecycleState.allCases.count == 15)
        var pairs = 0
        for from in LifecycleState.allCases {
            for to in LifecycleState.allCases {
                pairs += 1
                #expect(
                    from.canBecome(to) == expected[from.rawValue]?.contains(to.rawValue),
                    "\(from.rawValue) to \(to.rawValue)"
                )
            }
        }
        #expect(pairs == 225)
        #expect(LifecycleTransition.legal.count == expected.values.reduce(0) { $0 + $1.count })
    }

    @Test("A terminal state is one that nothing follows")
    func terminal() {
        for state in LifecycleState.allCases {
            let followers = LifecycleTransition.legal.filter { $0.from == state }
            #expect(state.isTerminal == followers.isEmpty, "\(state.rawValue)")
        }
    }

    @Test("Every state can be reached from created")
    func reachable() {
        var reached: Set<LifecycleState> = [.created]
        var grew = true
        while grew {
            let next = LifecycleTransition.legal.filter { reached.contains($0.from) }.map(\.to)
            let before = reached.count
            reached.formUnion(next)
            grew = reached.count > before
        }
        #expect(reached == Set(LifecycleState.allCases))
    }
}
