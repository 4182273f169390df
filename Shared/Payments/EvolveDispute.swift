import JSON
import Money

/// The steps of ``Payment/evolve(_:by:version:at:)`` that are about disputes and what banks send back.
extension Payment {
    mutating func openDispute(
        _ facts: DisputeOpened,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        guard dispute(facts.disputeID) == nil, dispute(ofCase: facts.networkCase) == nil else {
            throw .wrongDispute(facts.disputeID)
        }
        guard let capture = attempt(facts.chargeID)?.capture else {
            throw .wrongCharge(facts.chargeID)
        }
        guard facts.amount.currency == capture.amount.currency, facts.amount.minorUnits > 0,
            facts.amount.minorUnits <= capture.amount.minorUnits
        else { throw .boundExceeded(type: type) }
        let status: DisputeStatus = facts.isInquiry ? .warningNeedsResponse : .needsResponse
        disputes.append(
            Dispute(
                id: facts.disputeID,
                chargeID: facts.chargeID,
                amount: facts.amount,
                reason: facts.reason,
                networkReasonCode: facts.networkReasonCode,
                networkCase: facts.networkCase,
                dueBy: facts.dueBy,
                evidence: [:],
                submittedAt: nil,
                response: nil,
                metadata: Metadata(),
                history: [DisputeEntry(status: status, at: time)],
                fee: nil,
                feeReturned: nil,
                withdrawal: nil,
                reinstatement: nil,
                returning: nil,
                createdAt: time
            )
        )
    }

    mutating func changeDispute(
        _ id: DisputeID,
        _ change: (inout Dispute) throws(EvolutionError) -> Void
    ) throws(EvolutionError) {
        guard let index = disputes.firstIndex(where: { $0.id == id }) else {
            throw .wrongDispute(id)
        }
        try change(&disputes[index])
    }

    mutating func withdraw(
        _ facts: DisputeMovement,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        guard facts.amount.minorUnits <= refundableMinorUnits else {
            throw .boundExceeded(type: type)
        }
        let version = version
        try changeDispute(facts.disputeID) { (dispute) throws(EvolutionError) in
            guard dispute.withdrawal == nil, dispute.status == .needsResponse,
                dispute.amount == facts.amount
            else { throw .unexpected(type: type) }
            dispute.withdrawal = DisputeFunds(
                amount: facts.amount,
                fee: dispute.fee ?? .zero(facts.amount.currency),
                movedAt: time,
                version: version,
                movement: nil
            )
        }
    }

    mutating func chargeDisputeFee(
        _ facts: DisputeMovement,
        type: String
    ) throws(EvolutionError) {
        try changeDispute(facts.disputeID) { (dispute) throws(EvolutionError) in
            guard dispute.fee == nil, dispute.withdrawal == nil, facts.amount.minorUnits > 0
            else { throw .unexpected(type: type) }
            dispute.fee = facts.amount
        }
    }

    mutating func chargeBack(_ facts: DisputeMovement, type: String) throws(EvolutionError) {
        try changeDispute(facts.disputeID) { (dispute) throws(EvolutionError) in
            guard let movement = facts.movement, dispute.withdrawal?.amount == facts.amount,
                dispute.withdrawal?.movement == nil
            else { throw .unexpected(type: type) }
            dispute.withdrawal?.movement = movement
        }
    }

    mutating func escalate(
        _ facts: DisputeEscalated,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        try changeDispute(facts.disputeID) { (dispute) throws(EvolutionError) in
            try dispute.enter(.needsResponse, at: time, type: type)
            dispute.networkReasonCode = facts.networkReasonCode
            dispute.dueBy = facts.dueBy
            // The chargeback is a case of its own to answer: evidence may be given again, once.
            dispute.submittedAt = nil
            dispute.response = nil
        }
    }

    mutating func update(_ facts: DisputeUpdated, type: String) throws(EvolutionError) {
        try changeDispute(facts.disputeID) { (dispute) throws(EvolutionError) in
            guard facts.evidence == nil || dispute.status.needsAnswer else {
                throw .unexpected(type: type)
            }
            dispute.evidence = facts.evidence ?? dispute.evidence
            dispute.metadata = facts.metadata ?? dispute.metadata
        }
    }

    mutating func submit(
        _ facts: DisputeEvidenceSubmitted,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        try changeDispute(facts.disputeID) { (dispute) throws(EvolutionError) in
            guard dispute.submittedAt == nil else { throw .unexpected(type: type) }
            try dispute.enter(dispute.status.reviewed, at: time, type: type)
            dispute.submittedAt = time
            dispute.response = facts.command
        }
    }

    mutating func represent(_ facts: DisputeMovement, type: String) throws(EvolutionError) {
        try changeDispute(facts.disputeID) { (dispute) throws(EvolutionError) in
            guard let movement = facts.movement, dispute.holdsMoney, dispute.returning == nil,
                dispute.withdrawal?.amount == facts.amount
            else { throw .unexpected(type: type) }
            dispute.returning = movement
        }
    }

    mutating func returnDisputeFee(
        _ facts: DisputeMovement,
        type: String
    ) throws(EvolutionError) {
        try changeDispute(facts.disputeID) { (dispute) throws(EvolutionError) in
            guard dispute.returning != nil, dispute.feeReturned == nil, dispute.holdsMoney else {
                throw .unexpected(type: type)
            }
            guard facts.amount == dispute.fee else { throw .boundExceeded(type: type) }
            dispute.feeReturned = facts.amount
        }
    }

    mutating func reinstate(
        _ facts: DisputeMovement,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        let version = version
        try changeDispute(facts.disputeID) { (dispute) throws(EvolutionError) in
            guard dispute.returning != nil, dispute.holdsMoney,
                dispute.withdrawal?.amount == facts.amount
            else { throw .unexpected(type: type) }
            dispute.reinstatement = DisputeFunds(
                amount: facts.amount,
                fee: dispute.feeReturned ?? .zero(facts.amount.currency),
                movedAt: time,
                version: version,
                movement: dispute.returning
            )
        }
    }

    mutating func close(
        _ facts: DisputeClosed,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        try changeDispute(facts.disputeID) { (dispute) throws(EvolutionError) in
            guard facts.status.isTerminal, (facts.status == .won) == (dispute.reinstatement != nil),
                (facts.status == .lost) == dispute.holdsMoney
            else { throw .unexpected(type: type) }
            try dispute.enter(facts.status, at: time, type: type)
            dispute.response = facts.command ?? dispute.response
        }
    }

    mutating func warn(
        _ facts: FraudWarningReceived,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        guard attempt(facts.chargeID)?.capture != nil else { throw .wrongCharge(facts.chargeID) }
        guard fraudWarning(facts.warningID) == nil,
            !fraudWarnings.contains(where: { $0.reference == facts.reference })
        else { throw .unexpected(type: type) }
        fraudWarnings.append(
            EarlyFraudWarning(
                id: facts.warningID,
                chargeID: facts.chargeID,
                fraudType: facts.fraudType,
                reference: facts.reference,
                createdAt: time
            )
        )
    }

    /// A refund that had succeeded is on its way back; its failure follows.
    mutating func takeBack(_ facts: RefundReturned, type: String) throws(EvolutionError) {
        let index = try refundIndex(facts.refundID)
        guard refunds[index].status == .succeeded, refunds[index].movedMoney,
            refunds[index].returned == nil, refunds[index].amount == facts.amount
        else { throw .unexpected(type: type) }
        refunds[index].returned = facts.movement
    }
}

extension Dispute {
    /// Enters a status, if the table allows it.
    fileprivate mutating func enter(
        _ next: DisputeStatus,
        at time: Timestamp,
        type: String
    ) throws(EvolutionError) {
        guard status.canBecome(next) else { throw .unexpected(type: type) }
        history.append(DisputeEntry(status: next, at: time))
    }
}
