import CardNetwork
import Payments
import Testing

@testable import Sandbox

@Suite("The network's rules")
struct NetworkRulesTests {
    private typealias Sample = RequestSamples

    @Test("hold what is authorized, take what is captured, undo what is reversed")
    func lifeOfAPayment() throws {
        var network = BareNetwork()
        #expect(try network.send(Sample.message(.authorizationRequest, family: 1)) == "00")
        #expect(network.authorization(1)?.heldMinorUnits == 10_000)
        #expect(
            try network.send(Sample.message(.advice, family: 1, trace: 2, part: 6_000)) == "00"
        )
        #expect(network.authorization(1)?.capturedMinorUnits == 6_000)
        #expect(network.authorization(1)?.heldMinorUnits == 0)
        #expect(try network.send(Sample.message(.reversalAdvice, family: 1, trace: 3)) == "00")
        #expect(network.authorization(1)?.capturedMinorUnits == 0)
        #expect(network.authorization(1)?.reversedMinorUnits == 6_000)
    }

    @Test("apply a message once, however often it comes")
    func repeats() throws {
        var network = BareNetwork()
        let messages = [
            Sample.message(.authorizationRequest, family: 1),
            Sample.message(.advice, family: 1, trace: 2),
            Sample.message(.advice, family: 3, amount: 4_000, original: 1, processing: .refund),
        ]
        for message in messages { #expect(try network.send(message) == "00") }
        let facts = network.facts
        let repeats = [
            messages[0],
            Sample.message(.adviceRepeat, family: 1, trace: 2),
            Sample.message(
                .adviceRepeat,
                family: 3,
                amount: 4_000,
                original: 1,
                processing: .refund
            ),
        ]
        for message in messages + repeats { #expect(try network.send(message) == "00") }
        #expect(network.facts == facts)
        #expect(network.authorization(1)?.refundedMinorUnits == 4_000)
    }

    @Test("refuse a repeat with other values, and change nothing")
    func conflicts() throws {
        var network = BareNetwork()
        try network.send(Sample.message(.authorizationRequest, family: 1))
        try network.send(Sample.message(.advice, family: 1, part: 6_000))
        let facts = network.facts
        let conflicting = [
            Sample.message(.authorizationRequest, family: 1, amount: 10_001),
            Sample.message(.authorizationRequest, family: 1, token: "990099999999999999"),
            Sample.message(.adviceRepeat, family: 1, part: 6_001),
        ]
        for message in conflicting {
            #expect(try network.send(message) == ResponseCode.conflictingRepeat)
        }
        #expect(network.facts == facts)
    }

    @Test("acknowledge a reversal of something unknown, and refuse it when it comes late")
    func reversalBeforeAuthorization() throws {
        var network = BareNetwork()
        #expect(try network.send(Sample.message(.reversalAdvice, family: 1)) == "00")
        #expect(try network.send(Sample.message(.reversalAdviceRepeat, family: 1)) == "00")
        let late = Sample.message(.authorizationRequest, family: 1)
        #expect(try network.send(late) == ResponseCode.alreadyReversed)
        #expect(try network.send(late) == ResponseCode.alreadyReversed)
        #expect(
            try network.send(Sample.message(.advice, family: 1)) == ResponseCode.alreadyReversed
        )
        #expect(try network.send(Sample.message(.reversalAdviceRepeat, family: 1)) == "00")
        #expect(network.authorization(1)?.heldMinorUnits == 0)
        #expect(network.authorization(1)?.capturedMinorUnits == 0)
    }

    @Test("tell families of different acquirers apart")
    func acquirers() throws {
        var network = BareNetwork()
        try network.send(Sample.message(.reversalAdvice, family: 1, acquirer: "20000000002"))
        #expect(try network.send(Sample.message(.authorizationRequest, family: 1)) == "00")
    }

    @Test(
        "take no capture that the authorization does not cover",
        arguments: [
            (family: 1, part: 10_001, code: ResponseCode.invalidAmount),
            (family: 1, part: 0, code: ResponseCode.invalidAmount),
            (family: 2, part: 10_000, code: ResponseCode.notFound),
        ]
    )
    func captures(family: Int, part: Int64, code: String) throws {
        var network = BareNetwork()
        try network.send(Sample.message(.authorizationRequest, family: 1))
        #expect(try network.send(Sample.message(.advice, family: family, part: part)) == code)
        #expect(network.authorization(family)?.capturedMinorUnits == 0)
        // Once refused, refused for good: the advice has had its answer.
        #expect(try network.send(Sample.message(.adviceRepeat, family: family, part: part)) == code)
    }

    @Test("take no capture of a declined authorization")
    func captureOfDeclined() throws {
        var network = BareNetwork()
        network.card = IssuedCard(behavior: .declines("lost_card"), lastMonthNumber: 2_034 * 12)
        #expect(try network.send(Sample.message(.authorizationRequest, family: 1)) == "41")
        #expect(try network.send(Sample.message(.advice, family: 1)) == ResponseCode.notFound)
    }

    @Test("give back no more than was captured")
    func refunds() throws {
        var network = BareNetwork()
        try network.send(Sample.message(.authorizationRequest, family: 1))
        let early = Sample.message(.advice, family: 2, amount: 1, original: 1, processing: .refund)
        #expect(try network.send(early) == ResponseCode.invalidAmount)
        try network.send(Sample.message(.advice, family: 1, part: 6_000))
        let amounts: [(family: Int, amount: Int64, code: String)] = [
            (3, 4_000, "00"), (4, 2_001, "13"), (5, 2_000, "00"), (6, 1, "13"),
        ]
        for (family, amount, code) in amounts {
            let refund = Sample.message(
                .advice,
                family: family,
                amount: amount,
                original: 1,
                processing: .refund
            )
            #expect(try network.send(refund) == code)
        }
        #expect(network.authorization(1)?.refundedMinorUnits == 6_000)
        let unknown = Sample.message(
            .advice,
            family: 7,
            amount: 1,
            original: 99,
            processing: .refund
        )
        #expect(try network.send(unknown) == ResponseCode.notFound)
    }

    @Test("end a refund in progress when it is asked about again")
    func pendingRefunds() throws {
        var network = BareNetwork()
        network.card = IssuedCard(behavior: .refundsLate, lastMonthNumber: 2_034 * 12)
        try network.send(Sample.message(.authorizationRequest, family: 1))
        try network.send(Sample.message(.advice, family: 1))
        func refund(_ type: WireMessageType) -> WireMessage {
            Sample.message(type, family: 2, amount: 4_000, original: 1, processing: .refund)
        }
        #expect(try network.send(refund(.advice)) == ResponseCode.inProgress)
        #expect(network.authorization(1)?.pendingRefundMinorUnits == 4_000)
        #expect(network.authorization(1)?.refundedMinorUnits == 0)
        #expect(try network.send(refund(.adviceRepeat)) == ResponseCode.approved)
        #expect(try network.send(refund(.adviceRepeat)) == ResponseCode.approved)
        #expect(network.authorization(1)?.pendingRefundMinorUnits == 0)
        #expect(network.authorization(1)?.refundedMinorUnits == 4_000)
    }

    @Test("reverse nothing of which money went back")
    func reversalAfterRefund() throws {
        var network = BareNetwork()
        try network.send(Sample.message(.authorizationRequest, family: 1))
        try network.send(Sample.message(.advice, family: 1))
        try network.send(
            Sample.message(.advice, family: 2, amount: 1, original: 1, processing: .refund)
        )
        #expect(
            try network.send(Sample.message(.reversalAdvice, family: 1))
                == ResponseCode.cannotReverse
        )
        #expect(network.authorization(1)?.capturedMinorUnits == 10_000)
    }

    @Test("decline unknown and expired cards, and everything in a storm")
    func declines() throws {
        var network = BareNetwork()
        network.card = nil
        #expect(try network.send(Sample.message(.authorizationRequest, family: 1)) == "14")
        network.card = IssuedCard(behavior: .approves, lastMonthNumber: 2_026 * 12 - 1)
        #expect(try network.send(Sample.message(.authorizationRequest, family: 2)) == "54")
        network.card = IssuedCard(behavior: .approves, lastMonthNumber: 2_026 * 12)
        network.forcedDecline = "91"
        #expect(try network.send(Sample.message(.authorizationRequest, family: 3)) == "91")
        network.forcedDecline = nil
        #expect(try network.send(Sample.message(.authorizationRequest, family: 4)) == "00")
    }

    @Test("know the response code of every declining test card")
    func declineCodes() {
        for card in MagicCard.table {
            guard case .declines(let declineCode) = card.behavior else { continue }
            #expect(DeclineReason.of(declineCode: declineCode)?.declineCode == declineCode)
        }
    }

    @Test("make the same books of the log's lines")
    func replay() throws {
        var network = BareNetwork()
        for family in 1...3 {
            try network.send(Sample.message(.authorizationRequest, family: family))
        }
        try network.send(Sample.message(.advice, family: 1))
        try network.send(Sample.message(.advice, family: 2, part: 10_001))
        try network.send(Sample.message(.reversalAdvice, family: 3))
        try network.send(Sample.message(.reversalAdvice, family: 9))
        try network.send(
            Sample.message(.advice, family: 5, amount: 10, original: 1, processing: .refund)
        )
        var replayed = NetworkBooks()
        for (index, fact) in network.facts.enumerated() {
            let line = fact.line(sequence: Int64(index + 1), recordedAtMicroseconds: 7)
            replayed.apply(try NetworkFact(line: line))
        }
        #expect(replayed.authorizations == network.books.authorizations)
        #expect(replayed.refunds == network.books.refunds)
        #expect(replayed.originals == network.books.originals)
        #expect(replayed.factCount == network.books.factCount)
    }
}
