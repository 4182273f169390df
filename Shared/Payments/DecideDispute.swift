import JSON
import Money

/// Decisions about what a merchant, or the clock in its place, answers in a dispute.
extension SubmittedCommand {
    func decide(
        _ command: DisputeCommand,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        switch command {
        case .update(let request): try updateDispute(request, given: aggregates)
        case .close(let request): try closeDispute(request, given: aggregates)
        case .lapse(let request): try lapseDispute(request, given: aggregates)
        case .record(let request): try record(request, given: aggregates, at: now)
        }
    }

    /// Whether this command's answer is known already; its other traces are in the payment.
    func answeredDispute(in payment: Payment) -> Decision? {
        payment.disputes.first { $0.response == reference }
            .map { Decision(reply: .dispute($0.id, payment.id)) }
    }

    private func updateDispute(
        _ request: UpdateDispute,
        given aggregates: Aggregates
    ) throws(Refusal) -> Decision {
        let (payment, dispute) = try dispute(request.disputeID, in: aggregates)
        try requireRoom(payment)
        if request.evidence != nil || request.submits { try requireOpen(dispute) }
        let evidence = request.evidence.map { dispute.evidence.applying($0) } ?? dispute.evidence
        guard evidence.characters <= Dispute.maximumEvidenceCharacters else {
            throw .evidenceTooLong(dispute.id)
        }
        let metadata = request.metadata.map { dispute.metadata.applying($0) } ?? dispute.metadata
        var events: [StreamEvent] = []
        if evidence != dispute.evidence || metadata != dispute.metadata {
            let updated = DisputeUpdated(
                disputeID: dispute.id,
                evidence: evidence == dispute.evidence ? nil : evidence,
                metadata: metadata == dispute.metadata ? nil : metadata
            )
            events = stream(payment.id, .disputeUpdated(updated))
        }
        guard request.submits else {
            return Decision(events: events, reply: .dispute(dispute.id, payment.id))
        }
        let response = response(.evidence, in: dispute, evidence: evidence)
        return Decision(
            events: events,
            next: .send(.respond(message(about: dispute, of: payment), response))
        )
    }

    private func closeDispute(
        _ request: EndDispute,
        given aggregates: Aggregates
    ) throws(Refusal) -> Decision {
        let (payment, dispute) = try dispute(request.disputeID, in: aggregates)
        try requireOpen(dispute)
        let response = response(.accepted, in: dispute, evidence: [:])
        return Decision(next: .send(.respond(message(about: dispute, of: payment), response)))
    }

    private func lapseDispute(
        _ request: EndDispute,
        given aggregates: Aggregates
    ) throws(Refusal) -> Decision {
        let (payment, dispute) = try dispute(request.disputeID, in: aggregates)
        guard let due = dispute.dueAt, receivedAt >= due else {
            return Decision(reply: .dispute(dispute.id, payment.id))
        }
        // Evidence whose acknowledgement was lost is with the network: it refuses the lapse then.
        let response = response(
            dispute.status.needsAnswer ? .lapsed : .reviewOver,
            in: dispute,
            evidence: [:]
        )
        return Decision(next: .send(.respond(message(about: dispute, of: payment), response)))
    }

    /// Decides what follows from the network's word about an answer.
    func responded(
        _ message: NetworkMessage,
        _ response: DisputeResponse,
        _ outcome: NetworkOutcome,
        given aggregates: Aggregates
    ) -> Decision {
        guard let payment = aggregates.payment, let dispute = payment.dispute(response.disputeID)
        else { return Self.nothing }
        let reply = Reply.dispute(dispute.id, payment.id)
        guard !dispute.status.isTerminal, dispute.response != reference else {
            return Decision(reply: reply)
        }
        switch outcome {
        case .acknowledged, .approved: break
        case .refused, .declined:
            // The case is decided, or answered by another command: its notice is on the way.
            return Decision(
                reply: response.answer.isOfMerchant ? .refused(.disputeNotOpen(dispute.id)) : reply
            )
        case .unknown, .notSent, .inProgress:
            return Decision(reply: reply, next: .sendLater(.respond(message, response)))
        }
        let event: PaymentEvent =
            switch response.answer {
            case .evidence:
                .disputeEvidenceSubmitted(
                    DisputeEvidenceSubmitted(disputeID: dispute.id, command: reference)
                )
            case .accepted, .lapsed, .reviewOver:
                .disputeClosed(
                    DisputeClosed(
                        disputeID: dispute.id,
                        chargeID: dispute.chargeID,
                        status: dispute.status.givenUp,
                        command: reference
                    )
                )
            }
        return Decision(events: stream(payment.id, event), reply: reply)
    }

    private func dispute(
        _ id: DisputeID,
        in aggregates: Aggregates
    ) throws(Refusal) -> (Payment, Dispute) {
        guard let payment = aggregates.payment, payment.merchantID == merchantID,
            let dispute = payment.dispute(id)
        else { throw .disputeNotFound(id) }
        return (payment, dispute)
    }

    /// Evidence goes once, in time, and only where it is asked for.
    private func requireOpen(_ dispute: Dispute) throws(Refusal) {
        guard dispute.status.needsAnswer else { throw .disputeNotOpen(dispute.id) }
        guard receivedAt < dispute.dueBy else {
            throw .disputePastDue(dispute.id, dueBy: dispute.dueBy)
        }
    }

    private func response(
        _ answer: DisputeAnswer,
        in dispute: Dispute,
        evidence: JSON
    ) -> DisputeResponse {
        DisputeResponse(
            networkCase: dispute.networkCase,
            disputeID: dispute.id,
            reference: reference,
            sentAt: receivedAt,
            answer: answer,
            isOfInquiry: dispute.isInquiry,
            evidence: evidence
        )
    }

    private func message(about dispute: Dispute, of payment: Payment) -> NetworkMessage {
        NetworkMessage(
            reference: reference,
            command: reference,
            sentAt: receivedAt,
            original: payment.attempt(dispute.chargeID).map {
                NetworkMessage.Original(reference: $0.start.reference, sentAt: $0.start.sentAt)
            },
            merchantID: merchantID,
            paymentID: payment.id,
            networkToken: "",
            amount: dispute.amount,
            authorizedAmount: dispute.amount,
            authorizationCode: nil,
            statementDescriptor: nil
        )
    }
}

extension DisputeAnswer {
    /// Whether a merchant gave it, and not the clock.
    fileprivate var isOfMerchant: Bool {
        switch self {
        case .evidence, .accepted: true
        case .lapsed, .reviewOver: false
        }
    }
}

extension JSON {
    /// These texts with others put in their places; null takes one away.
    fileprivate func applying(_ changes: JSON) -> JSON {
        guard case .object(var members) = self, case .object(let changed) = changes else {
            return self
        }
        for change in changed {
            members.removeAll { $0.key == change.key }
            if change.value != .null { members.append(change) }
        }
        return .object(members.sorted { $0.key < $1.key })
    }

    /// How many characters all texts have together.
    fileprivate var characters: Int {
        guard case .object(let members) = self else { return 0 }
        return members.reduce(0) { sum, member in
            guard case .string(let text) = member.value else { return sum }
            return sum + text.unicodeScalars.count
        }
    }
}
