import Money
import Testing

@testable import Payments

@Suite("A payment's whole lifecycle")
struct WholeLifecycleTests {
    /// A captured payment whose money went so far.
    private func payment(
        _ kinds: [PayoutEvent.Kind],
        refundFailsAfter: Int64? = nil
    ) throws
        -> Payment
    {
        var shell = Shell()
        var payment = try shell.pay()
        let captured = try #require(payment.lifecycle.last)
        #expect(captured.state == .captured)
        payment.settlementMark = SettlementMark(
            cutOffAt: captured.at.adding(seconds: 10),
            settledAt: captured.at.adding(seconds: 20),
            payoutSteps: kinds.enumerated().map { index, kind in
                SettlementMark.PayoutStep(
                    kind: kind,
                    at: captured.at.adding(seconds: 30 + 10 * Int64(index))
                )
            }
        )
        if let seconds = refundFailsAfter {
            payment.lifecycle += [(LifecycleState.refundPending, 0), (.captured, 1)].map {
                LifecycleEntry(
                    state: $0,
                    at: captured.at.adding(seconds: seconds + $1),
                    eventVersion: 9,
                    eventType: "refund"
                )
            }
        }
        return payment
    }

    private static let histories: [(kinds: [PayoutEvent.Kind], state: LifecycleState)] = [
        ([], .settled), ([.created], .payoutPending), ([.created, .canceled], .settled),
        ([.created, .sent], .payoutPending),
        ([.created, .updated, .sent, .paid], .payoutCompleted),
        ([.created, .sent, .failed], .settled),
        ([.created, .sent, .paid, .returned, .failed], .settled),
        ([.created, .sent, .failed, .created, .sent, .paid], .payoutCompleted),
    ]

    @Test(
        "follows its money into the payout, and back where the payout failed",
        arguments: histories
    )
    func payouts(kinds: [PayoutEvent.Kind], state: LifecycleState) throws {
        let whole = try payment(kinds).wholeLifecycle
        #expect(whole.last?.state == state)
        expectLegal(whole)
    }

    @Test("is hidden by a refund and uncovered by its failure, at whatever moment")
    func refunds() throws {
        for (kinds, state) in Self.histories {
            for seconds in stride(from: Int64(1), through: 101, by: 10) {
                let whole = try payment(kinds, refundFailsAfter: seconds).wholeLifecycle
                #expect(whole.last?.state == state, "\(kinds) with a refund after \(seconds) s")
                #expect(whole.count { $0.state == .refundPending } == 1)
                expectLegal(whole)
            }
        }
    }

    private func expectLegal(_ whole: [LifecycleEntry]) {
        for (before, after) in zip(whole, whole.dropFirst()) {
            #expect(before.state.canBecome(after.state), "\(before.state) to \(after.state)")
            #expect(before.at <= after.at)
        }
    }
}
