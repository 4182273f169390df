import JSON
import Ledger
import Money
import Payments
import TestKit
import Testing

/// One charge, its merchant's commands and the network's notices, in random order.
struct RandomQuarrel {
    private(set) var payment: Payment
    private(set) var books = Books()
    private(set) var network: QuarrelNetwork
    /// Commands that are to be taken up again.
    private(set) var waiting: [SubmittedCommand] = []
    /// One whose worker died: it keeps its lease, and others about the payment wait until it is taken
    /// over.
    private var abandoned: SubmittedCommand?
    private var generator: SeededGenerator
    private let merchant: Merchant
    private var now = Timestamp(secondsSinceEpoch: 1_760_000_000)
    private var lastCommandID: Int64 = 0
    private var delivered = 0
    private var isSettled = false
    private var lossPercent = 20

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        let id = MerchantID.generate(at: now, using: &generator)
        merchant = Merchant(
            id: id,
            livemode: false,
            country: "IN",
            defaultCurrency: .inr,
            feePolicy: .standard,
            refundFeePolicy: generator.chance(percent: 50) ? .kept : .returned,
            statementDescriptor: "TEA HOUSE",
            apiVersion: "2026-10-28.endive",
            payoutDelayDays: 2,
            keys: [],
            createdAt: now,
            disputeFeePolicy: DisputeFeePolicy(
                feeMinorUnits: generator.chance(percent: 30) ? 0 : 1_500,
                isReturnedOnWin: generator.chance(percent: 50)
            )
        )
        lastCommandID = 1
        let submitted = SubmittedCommand(
            id: 1,
            merchantID: id,
            receivedAt: now,
            command: .createPayment(Self.creation(at: now, using: &generator))
        )
        var aggregates = Aggregates(merchant: merchant)
        var events: [RecordedEvent] = []
        var decision = submitted.decide(given: aggregates, at: now, mayHaveRun: false)
        while true {
            for event in decision.events { events += try aggregates.append([event], at: now) }
            guard case .send(let effect) = decision.next else { break }
            var outcome = NetworkOutcome.acknowledged
            if case .authorize = effect {
                outcome = .approved(code: "A1B2C3", networkTransactionID: nil)
            }
            decision = submitted.decide(
                after: effect,
                outcome: outcome,
                given: aggregates,
                at: now
            )
        }
        payment = try #require(aggregates.payment)
        network = QuarrelNetwork(
            captured: payment.capturedMinorUnits,
            original: try #require(payment.latestAttempt?.start.reference)
        )
        for event in events { try post(event, of: payment) }
    }

    /// An account's balance, debits positive.
    func signed(_ code: AccountCode) -> Int64 {
        let key = TrialBalance.Key(Account(code, for: merchant.id), .inr)
        return books.trial.signedMinorUnits[key] ?? 0
    }

    /// One more thing happens.
    mutating func step() throws {
        now = now.adding(seconds: .random(in: 1...400_000, using: &generator))
        if !waiting.isEmpty, generator.chance(percent: 35) {
            let place = Int.random(in: waiting.indices, using: &generator)
            return try work(on: waiting.remove(at: place), mayHaveRun: true)
        }
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: settle()
        case 1...2: try refund()
        case 3: sendBack()
        case 4: dispute()
        case 5...6: try answer()
        case 7: try lapse()
        case _: try deliver()
        }
    }

    /// Losses stop, all notices come, and everybody answers.
    mutating func finish() throws {
        lossPercent = 0
        try takeOver()
        for _ in 0..<400 {
            now = now.adding(seconds: 86_400)
            while delivered < network.notices.count { try deliverNext() }
            let open = waiting
            waiting = []
            for submitted in open { try work(on: submitted, mayHaveRun: true) }
            try lapse()
            let isQuiet = waiting.isEmpty && delivered == network.notices.count
            if isQuiet, payment.disputes.allSatisfy(\.status.isTerminal) { return }
        }
    }

    /// What is pending becomes available; refunds take from there afterwards.
    private mutating func settle() { isSettled = true }

    private mutating func refund() throws {
        let amount = Int64.random(in: 1...payment.capturedMinorUnits, using: &generator)
        try submit(
            .createRefund(
                CreateRefund(
                    refundID: .generate(at: now, using: &generator),
                    paymentID: payment.id,
                    amountMinorUnits: generator.chance(percent: 30) ? nil : amount / 3 + 1
                )
            )
        )
    }

    private mutating func sendBack() {
        let taken = network.refunds.filter(\.value.isTaken).keys.sorted()
        if let reference = taken.randomElement(using: &generator) { network.sendBack(reference) }
    }

    private mutating func dispute() {
        let left = network.owedMinorUnits
        let amount = generator.chance(percent: 40) ? left : left / 3
        let kinds: [NetworkNoticeKind] = [.chargedBack, .chargedBack, .inquired, .fraudReported]
        let kind = kinds[Int.random(in: kinds.indices, using: &generator)]
        network.open(kind, amount)
    }

    private mutating func answer() throws {
        guard let dispute = payment.disputes.randomElement(using: &generator) else { return }
        let isEvidence = generator.chance(percent: 70)
        let end = EndDispute(disputeID: dispute.id, paymentID: payment.id)
        let update = UpdateDispute(
            disputeID: dispute.id,
            paymentID: payment.id,
            evidence: ["uncategorized_text": .string("\(now.secondsSinceEpoch)")],
            submits: generator.chance(percent: 80)
        )
        try submit(.dispute(isEvidence ? .update(update) : .close(end)))
    }

    private mutating func lapse() throws {
        for dispute in payment.disputes where dispute.dueAt.map({ $0 <= now }) ?? false {
            let end = EndDispute(disputeID: dispute.id, paymentID: payment.id)
            try submit(.dispute(.lapse(end)))
        }
    }

    /// A notice comes: the next one, or one that came before.
    private mutating func deliver() throws {
        if delivered > 0, generator.chance(percent: 25) {
            let again = Int.random(in: 0..<delivered, using: &generator)
            return try record(network.notices[again])
        }
        if delivered < network.notices.count { try deliverNext() }
    }

    private mutating func deliverNext() throws {
        delivered += 1
        try record(network.notices[delivered - 1])
    }

    private mutating func record(_ notice: NetworkNotice) throws {
        let request = RecordNotice(
            paymentID: payment.id,
            notice: notice,
            disputeID: .generate(at: now, using: &generator),
            warningID: .generate(at: now, using: &generator)
        )
        try submit(.dispute(.record(request)))
    }

    private mutating func submit(_ command: Command) throws {
        lastCommandID += 1
        let submitted = SubmittedCommand(
            id: lastCommandID,
            merchantID: merchant.id,
            receivedAt: now,
            command: command
        )
        try work(on: submitted, mayHaveRun: false)
    }

    private mutating func work(on submitted: SubmittedCommand, mayHaveRun: Bool) throws {
        try takeOver()
        try run(submitted, mayHaveRun: mayHaveRun)
    }

    private mutating func takeOver() throws {
        while let submitted = abandoned {
            abandoned = nil
            try run(submitted, mayHaveRun: true)
        }
    }

    private mutating func run(_ submitted: SubmittedCommand, mayHaveRun: Bool) throws {
        let owed = -signed(.merchantEscrowPending) - signed(.merchantEscrowAvailable)
        var aggregates = Aggregates(
            merchant: merchant,
            payment: payment,
            isSettled: isSettled,
            balanceMinorUnits: owed
        )
        var events: [RecordedEvent] = []
        var decision = submitted.decide(given: aggregates, at: now, mayHaveRun: mayHaveRun)
        while true {
            for event in decision.events { events += try aggregates.append([event], at: now) }
            switch decision.next {
            case .complete: return try store(events, aggregates)
            case .later, .sendLater:
                waiting.append(submitted)
                return try store(events, aggregates)
            case .send(let effect):
                let outcome = carryOut(effect)
                // Some workers die before they store what they learned.
                if generator.chance(percent: lossPercent / 3) {
                    abandoned = submitted
                    return
                }
                decision = submitted.decide(
                    after: effect,
                    outcome: outcome,
                    given: aggregates,
                    at: now
                )
            }
        }
    }

    private mutating func store(_ events: [RecordedEvent], _ aggregates: Aggregates) throws {
        payment = try #require(aggregates.payment)
        for event in events { try post(event, of: payment) }
    }

    private mutating func carryOut(_ effect: NetworkEffect) -> NetworkOutcome {
        if generator.chance(percent: lossPercent / 2) { return .notSent }
        let outcome: NetworkOutcome
        switch effect {
        case .refund(let message, _, repeated: _):
            outcome =
                network.refund(message.reference, message.amount.minorUnits)
                ? .acknowledged : .refused(responseCode: "13")
        case .respond(_, let response):
            outcome =
                network.answer(response, wins: generator.chance(percent: 50))
                ? .acknowledged : .refused(responseCode: "409")
        case .authorize, .capture, .reverse: outcome = .acknowledged
        }
        return generator.chance(percent: lossPercent / 2) ? .unknown : outcome
    }

    private mutating func post(_ recorded: RecordedEvent, of payment: Payment) throws {
        guard case .payment(let event) = recorded.event else { return }
        let posting = try Posting(
            of: event,
            version: recorded.version,
            effectiveAt: recorded.recordedAt,
            in: payment
        )
        #expect((posting != nil) == event.movesMoney)
        if let posting { try books.post(posting.journal) }
    }

    private static func creation(
        at now: Timestamp,
        using generator: inout SeededGenerator
    ) -> CreatePayment {
        CreatePayment(
            paymentID: .generate(at: now, using: &generator),
            amount: Money(
                minorUnits: .random(in: 1_000...90_000, using: &generator),
                currency: .inr
            ),
            captureMethod: .automatic,
            clientSecret: "secret",
            paymentMethod: .new(
                NewPaymentMethod(
                    id: .generate(at: now, using: &generator),
                    card: .card(
                        CardDetails(
                            networkToken: "token",
                            brand: "visa",
                            last4: "0259",
                            expirationMonth: 12,
                            expirationYear: 2034,
                            funding: .credit,
                            country: "US",
                            fingerprint: "fingerprint",
                            checks: CardChecks(
                                addressLine1: nil,
                                addressPostalCode: nil,
                                cvc: .pass
                            ),
                            risk: .normal
                        )
                    ),
                    billingDetails: [:]
                )
            ),
            confirmAs: .generate(at: now, using: &generator)
        )
    }
}
