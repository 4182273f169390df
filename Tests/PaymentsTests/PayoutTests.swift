import Money
import Testing

@testable import Payments

@Suite("A payout")
struct PayoutTests {
    private static let merchantID = MerchantID(checked: "acct_000000000000000000000001")
    private static let now = PayoutSample.now

    /// Every state that a payout can be in, by the facts that lead there.
    private static let histories: [(name: String, facts: [PayoutEvent])] = {
        let created = PayoutEvent.created(PayoutSample.creation(of: merchantID))
        let sent = PayoutEvent.sent(fileID: "F1")
        let paid = PayoutEvent.paid(bankReference: "B1")
        let returned = PayoutEvent.returned(reason: "AC04")
        let failed = PayoutEvent.failed(reason: "AC03")
        return [
            ("pending", [created]), ("in transit", [created, sent]),
            ("paid", [created, sent, paid]), ("returned", [created, sent, paid, returned]),
            ("failed", [created, sent, failed]), ("canceled", [created, .canceled]),
            ("failed after return", [created, sent, paid, returned, failed]),
        ]
    }()

    private static let legal: [String: Set<PayoutEvent.Kind>] = [
        "pending": [.updated, .sent, .canceled],
        "in transit": [.updated, .paid, .failed],
        "paid": [.updated, .returned],
        "returned": [.updated, .failed],
        "failed": [.updated], "canceled": [.updated], "failed after return": [.updated],
    ]

    private func fold(_ facts: [PayoutEvent]) -> Payout? {
        var payout: Payout?
        for (index, fact) in facts.enumerated() {
            payout = Payout.evolve(payout, by: fact, version: Int32(index + 1), at: Self.now)
            if payout == nil { return nil }
        }
        return payout
    }

    @Test("goes from each state exactly where the table says")
    func transitions() {
        let facts = PayoutSample.facts(of: Self.merchantID) + [.canceled]
        for (name, history) in Self.histories {
            for fact in facts {
                let isLegal = Self.legal[name]?.contains(fact.kind) == true
                #expect((fold(history + [fact]) != nil) == isLegal, "\(fact.kind) when \(name)")
            }
        }
        #expect(fold([.canceled]) == nil)
    }

    @Test("is read back from its document in every state")
    func documents() throws {
        for (name, history) in Self.histories {
            let payout = try #require(fold(history), "\(name)")
            #expect(try Payout(document: payout.document) == payout, "\(name)")
        }
    }

    @Test("is refused where more is asked for than is available, or another account is named")
    func refusals() throws {
        let shell = Shell()
        func decide(_ command: PayoutCommand, available: Int64) -> Reply? {
            SubmittedCommand(
                id: 1,
                merchantID: shell.merchant.id,
                receivedAt: Self.now,
                command: .payout(command)
            ).decide(
                given: Aggregates(merchant: shell.merchant, availableMinorUnits: available),
                at: Self.now,
                mayHaveRun: false
            ).reply
        }
        let amount = Money(minorUnits: 500, currency: .inr)
        func create(_ destination: String? = nil) -> PayoutCommand {
            .create(
                CreatePayout(
                    payoutID: PayoutSample.id,
                    settingsID: BalanceSettingsID(of: shell.merchant.id),
                    amount: amount,
                    destination: destination
                )
            )
        }
        #expect(decide(create(), available: 499) == .refused(.balanceInsufficient(amount)))
        #expect(decide(create(), available: 500) == .payout(PayoutSample.id))
        #expect(
            decide(create("ba_other"), available: 500) == .refused(.bankAccountNotFound("ba_other"))
        )
        #expect(
            decide(.cancel(PayoutSample.id), available: 0)
                == .refused(.payoutNotFound(PayoutSample.id))
        )
    }
}
