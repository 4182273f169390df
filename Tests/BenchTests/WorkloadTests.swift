import Testing

@testable import Bench

@Suite("The load")
struct WorkloadTests {
    private func workload(seed: UInt64 = 5) -> Workload {
        var workload = Workload(seed: seed)
        workload.useMerchants([
            (id: "acct_1", secretKey: "sk_1"), (id: "acct_2", secretKey: "sk_2"),
        ])
        return workload
    }

    private func answer(_ status: Int, _ body: String) -> HTTPResponse {
        HTTPResponse(
            status: status,
            body: Array(body.utf8),
            hasRetryAfter: false,
            closesConnection: false
        )
    }

    /// A unit of that kind, which there must be.
    private func begin(_ kind: LoadKind, of workload: inout Workload) throws -> WorkUnit {
        let unit = workload.begin(kind, intended: 0)
        return try #require(unit)
    }

    private func hasNone(_ kind: LoadKind, _ workload: inout Workload) -> Bool {
        workload.begin(kind, intended: 0) == nil
    }

    private let succeeded = #"{"id":"pi_9","status":"succeeded"}"#

    /// A payment whose card is accepted, and that was answered.
    private func pay(_ workload: inout Workload) throws -> Workload.Step {
        while true {
            var unit = try begin(.payment, of: &workload)
            guard !CardMix.isDeclined(unit.payment.card) else { continue }
            return workload.answered(&unit, answer(200, succeeded))
        }
    }

    @Test("is the same for the same seed")
    func sameSeed() throws {
        var one = workload()
        var two = workload()
        for _ in 0..<50 {
            let left = try begin(.payment, of: &one)
            let right = try begin(.payment, of: &two)
            #expect(left.request == right.request)
        }
    }

    @Test("has declined cards and repetitions in it")
    func mix() throws {
        var workload = workload()
        var declined = 0
        var repeated = 0
        for _ in 0..<2_000 {
            var unit = try begin(.payment, of: &workload)
            let isDeclined = CardMix.isDeclined(unit.payment.card)
            let answer =
                isDeclined
                ? answer(402, #"{"error":{"payment_intent":{"id":"pi_9"}}}"#)
                : answer(200, succeeded)
            if isDeclined { declined += 1 }
            let before = unit.request
            switch workload.answered(&unit, answer) {
            case .send(let isMeasured):
                repeated += 1
                #expect(isMeasured)
                #expect(unit.request == before, "the repetition is the same request")
            case .done: break
            case .shed, .wrong: Issue.record("a right answer was not taken")
            }
        }
        #expect((40...120).contains(declined), "\(declined) with seed 5")
        #expect((15...75).contains(repeated), "\(repeated) with seed 5")
    }

    @Test("does not take a wrong answer for a right one")
    func wrongAnswers() throws {
        var workload = workload()
        let processing = #"{"id":"pi_9","status":"processing"}"#
        for wrong in [answer(500, "{}"), answer(200, "{}"), answer(200, processing)] {
            var unit = try begin(.payment, of: &workload)
            let step = workload.answered(&unit, wrong)
            #expect(step == .wrong)
        }
        #expect(workload.memory.count == 0)
    }

    @Test("takes 429 and 503 for being turned away")
    func shed() throws {
        var workload = workload()
        for status in [429, 503] {
            var unit = try begin(.payment, of: &workload)
            let step = workload.answered(&unit, answer(status, "{}"))
            #expect(step == .shed)
        }
    }

    @Test("captures what it authorized, in the same unit")
    func capture() throws {
        var workload = workload()
        var unit = try begin(.authorizeAndCapture, of: &workload)
        let held = answer(200, #"{"id":"pi_9","status":"requires_capture"}"#)
        let step = workload.answered(&unit, held)
        #expect(step == .send(isMeasured: false))
        let request = String(decoding: unit.request, as: UTF8.self)
        #expect(request.hasPrefix("POST /v1/payment_intents/pi_9/capture HTTP/1.1\r\n"))
        let last = workload.answered(&unit, answer(200, succeeded))
        #expect(last == .done)
    }

    @Test("gives back a payment three times at most, and then has none left")
    func refunds() throws {
        var workload = workload()
        #expect(hasNone(.refund, &workload))
        _ = try pay(&workload)
        for _ in 0..<PaymentMemory.refundsPerPayment {
            let unit = try begin(.refund, of: &workload)
            #expect(unit.payment.id == "pi_9")
        }
        #expect(hasNone(.refund, &workload))
    }

    @Test("repeats an earlier request with its key and its form")
    func replay() throws {
        var workload = workload()
        var original: [UInt8] = []
        while original.isEmpty {
            var unit = try begin(.payment, of: &workload)
            guard !CardMix.isDeclined(unit.payment.card) else { continue }
            original = unit.request
            _ = workload.answered(&unit, answer(200, succeeded))
        }
        let unit = try begin(.replay, of: &workload)
        #expect(unit.request == original)
    }

    @Test("reads stored payments of its own merchants only")
    func stored() throws {
        var workload = workload()
        workload.knowPayments("acct_2 pi_7\nacct_9 pi_8\n")
        let unit = try begin(.retrieve, of: &workload)
        #expect(unit.payment.id == "pi_7")
        let request = String(decoding: unit.request, as: UTF8.self)
        #expect(request.contains("Authorization: Bearer sk_2\r\n"))
        #expect(workload.memory.count == 1)
    }
}
