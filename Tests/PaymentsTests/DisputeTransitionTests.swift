import Payments
import Testing

/// Written out a second time, by hand, so that a slip in the product's table cannot hide.
private let expected: [String: Set<String>] = [
    "warning_needs_response": ["warning_under_review", "warning_closed", "needs_response"],
    "warning_under_review": ["warning_closed", "needs_response"],
    "warning_closed": [],
    "needs_response": ["under_review", "lost"],
    "under_review": ["won", "lost"],
    "won": [],
    "lost": [],
]

@Suite("Dispute transitions")
struct DisputeTransitionTests {
    @Test("Every pair of statuses is legal or illegal exactly as written")
    func everyPair() {
        #expect(Set(expected.keys) == Set(DisputeStatus.allCases.map(\.rawValue)))
        var pairs = 0
        for from in DisputeStatus.allCases {
            for to in DisputeStatus.allCases {
                pairs += 1
                #expect(
                    from.canBecome(to) == expected[from.rawValue]?.contains(to.rawValue),
                    "\(from.rawValue) to \(to.rawValue)"
                )
            }
            #expect(from.isTerminal == expected[from.rawValue]?.isEmpty)
        }
        #expect(pairs == 49)
        #expect(DisputeTransition.legal.count == expected.values.reduce(0) { $0 + $1.count })
    }
}
