import Ledger
import Money
import Payments
import TestKit
import Testing

/// Random refunds, disputes, answers and settlements of one charge against a network that decides,
/// loses answers, and delivers its notices twice and in any order.
@Suite("The books of random disputes")
struct DisputePropertyTests {
    private static var seeds: [UInt64] { SeededGenerator.seeds(count: 20, kept: Array(1...40)) }

    @Test("books balance, bounds hold, and 1100 is what the network owes", arguments: seeds)
    func booksAgree(seed: UInt64) throws {
        var quarrel = try RandomQuarrel(seed: seed)
        for _ in 0..<120 {
            try quarrel.step()
            check(quarrel)
        }
        try quarrel.finish()
        check(quarrel)
        let payment = quarrel.payment
        #expect(quarrel.waiting.isEmpty)
        // Nothing is under way, so the network and the books say the same to the minor unit.
        #expect(quarrel.signed(.customerReceivable) == quarrel.network.owedMinorUnits)
        #expect(payment.refundedMinorUnits == quarrel.network.refundedMinorUnits)
        #expect(payment.disputedMinorUnits == quarrel.network.chargedBackMinorUnits)
        #expect(quarrel.signed(.refundClearing) == 0)
        for dispute in payment.disputes {
            let known = quarrel.network.cases[dispute.networkCase]
            #expect(dispute.status.isTerminal == known?.isDecided)
        }
    }

    private func check(_ quarrel: RandomQuarrel) {
        let payment = quarrel.payment
        quarrel.books.expectBalanced()
        #expect(payment.refundedMinorUnits >= 0 && payment.disputedMinorUnits >= 0)
        #expect(payment.refundableMinorUnits >= 0)
        #expect(quarrel.signed(.disputeClearing) == 0)
        // What the merchant is owed: captured less the fee, less refunds and disputes, and fees.
        let taken = payment.refunds.filter { $0.status != .failed && $0.movedMoney }
            .reduce(Int64(0)) { $0 + $1.amount.minorUnits - $1.feeReturned.minorUnits }
        let disputeFees = payment.disputes.reduce(Int64(0)) {
            $0 + ($1.fee?.minorUnits ?? 0) - ($1.feeReturned?.minorUnits ?? 0)
        }
        let fee = payment.capturedAttempt?.capture?.fee.minorUnits ?? 0
        let owed =
            payment.capturedMinorUnits - fee - taken - payment.disputedMinorUnits - disputeFees
        #expect(
            -quarrel.signed(.merchantEscrowPending) - quarrel.signed(.merchantEscrowAvailable)
                == owed
        )
        #expect(-quarrel.signed(.disputeFees) == disputeFees)
    }
}

/// The network as the independent truth about one charge.
struct QuarrelNetwork {
    struct Case {
        let amount: Int64
        var isChargedBack: Bool
        var isDecided = false
        var hasEvidence = false
    }

    var captured: Int64
    private(set) var refunds: [NetworkReference: (amount: Int64, isTaken: Bool)] = [:]
    private(set) var returned: Int64 = 0
    private(set) var cases: [NetworkReference: Case] = [:]
    private(set) var notices: [NetworkNotice] = []
    private var answered: Set<NetworkReference> = []
    let original: NetworkReference

    init(captured: Int64, original: NetworkReference) {
        self.captured = captured
        self.original = original
    }

    var refundedMinorUnits: Int64 {
        refunds.values.reduce(0) { $0 + ($1.isTaken ? $1.amount : 0) } - returned
    }
    var chargedBackMinorUnits: Int64 {
        cases.values.reduce(0) { $0 + ($1.isChargedBack ? $1.amount : 0) }
    }
    var owedMinorUnits: Int64 { captured - refundedMinorUnits - chargedBackMinorUnits }

    mutating func refund(_ reference: NetworkReference, _ amount: Int64) -> Bool {
        if let known = refunds[reference] { return known.isTaken }
        let isTaken = amount <= owedMinorUnits
        refunds[reference] = (amount, isTaken)
        return isTaken
    }

    mutating func sendBack(_ reference: NetworkReference) {
        guard let known = refunds[reference], known.isTaken,
            !notices.contains(where: { $0.original == reference })
        else { return }
        returned += known.amount
        tell(.refundReturned, known.amount, about: reference, inCase: nil)
    }

    mutating func open(_ kind: NetworkNoticeKind, _ amount: Int64) {
        guard amount > 0, amount <= owedMinorUnits else { return }
        tell(kind, amount, about: original, inCase: nil)
        guard let notice = notices.last, kind != .fraudReported else { return }
        cases[notice.networkCase] = Case(amount: amount, isChargedBack: kind == .chargedBack)
    }

    /// Takes an answer, and may decide at once; false when it takes none.
    mutating func answer(_ response: DisputeResponse, wins: Bool) -> Bool {
        let reference = response.networkCase
        guard !answered.contains(response.reference) else { return true }
        guard var known = cases[reference], !known.isDecided,
            known.isChargedBack != response.isOfInquiry,
            known.hasEvidence == (response.answer == .reviewOver)
        else { return false }
        answered.insert(response.reference)
        defer { cases[reference] = known }
        switch (response.answer, known.isChargedBack) {
        case (.evidence, true):
            known.hasEvidence = true
            known.isDecided = true
            if wins { known.isChargedBack = false }
            tell(wins ? .represented : .upheld, known.amount, about: original, inCase: reference)
        case (.evidence, false) where !wins && known.amount <= owedMinorUnits:
            known.isChargedBack = true
            tell(.chargedBack, known.amount, about: original, inCase: reference)
        case (.evidence, false), (.accepted, false), (.lapsed, false), (.reviewOver, false):
            known.isDecided = true
            tell(.inquiryClosed, known.amount, about: original, inCase: reference)
        case (.accepted, true), (.lapsed, true), (.reviewOver, true):
            known.isDecided = true
            tell(.upheld, known.amount, about: original, inCase: reference)
        }
        return true
    }

    private mutating func tell(
        _ kind: NetworkNoticeKind,
        _ amount: Int64,
        about original: NetworkReference,
        inCase known: NetworkReference?
    ) {
        let sequence = Int64(notices.count) + 1
        let reference = NetworkReference(commandID: 1_000_000 + sequence)
        notices.append(
            NetworkNotice(
                sequence: sequence,
                kind: kind,
                reference: reference,
                traceNumber: Int32(sequence),
                original: original,
                networkCase: known ?? reference,
                acceptor: "",
                amount: Money(minorUnits: amount, currency: .inr),
                reason: .fraudulent,
                reasonCode: "05",
                responseDays: 20
            )
        )
    }
}
