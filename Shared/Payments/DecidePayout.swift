import Money

/// Decisions about payouts and their settings: they never need the network.
extension SubmittedCommand {
    func decide(
        _ command: PayoutCommand,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        guard let merchant = aggregates.merchant else { throw .merchantNotFound(merchantID) }
        switch command {
        case .create(let request):
            return try create(request, of: merchant, given: aggregates, at: now)
        case .update(let id, let change):
            let payout = try payout(id, in: aggregates)
            return payout.metadata.applying(change) == payout.metadata
                ? Decision(reply: .payout(id)) : try append(.updated(change), to: payout)
        case .cancel(let id):
            let payout = try payout(id, in: aggregates)
            guard payout.status == .pending else {
                throw .payoutNotCancelable(id, payout.status)
            }
            return try append(.canceled, to: payout, keepingRoom: 0)
        case .changeSettings(let request):
            let before = aggregates.balanceSettings ?? BalanceSettings(of: merchant)
            let after = request.applied(to: before)
            guard after != before else {
                return Decision(reply: .balanceSettings(request.settingsID))
            }
            guard before.version < Payment.maximumVersion else {
                throw .tooManyChanges(.balanceSettings(request.settingsID))
            }
            return Decision(
                events: [
                    StreamEvent(
                        stream: .balanceSettings(request.settingsID),
                        event: .balanceSettingsUpdated(after)
                    )
                ],
                reply: .balanceSettings(request.settingsID)
            )
        }
    }

    private func create(
        _ request: CreatePayout,
        of merchant: Merchant,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        guard aggregates.payout == nil else { throw .alreadyExists(.payout(request.payoutID)) }
        let settings = aggregates.balanceSettings ?? BalanceSettings(of: merchant)
        if let named = request.destination, named != settings.destination.id.rawValue {
            throw .bankAccountNotFound(named)
        }
        // Asked again when the journal is posted: the database lets no payout take what is not there.
        guard request.amount.minorUnits <= aggregates.availableMinorUnits else {
            throw .balanceInsufficient(request.amount)
        }
        let creation = PayoutCreated(
            payoutID: request.payoutID,
            merchantID: merchant.id,
            livemode: merchant.livemode,
            amount: request.amount,
            isAutomatic: false,
            sendAt: now.adding(seconds: CreatePayout.cancelableSeconds),
            arrivalAt: now.adding(seconds: 86_400),
            destination: settings.destination,
            description: request.description,
            statementDescriptor: request.statementDescriptor ?? settings.statementDescriptor,
            metadata: request.metadata
        )
        return Decision(
            events: [
                StreamEvent(stream: .payout(request.payoutID), event: .payout(.created(creation)))
            ],
            reply: .payout(request.payoutID)
        )
    }

    private func payout(_ id: PayoutID, in aggregates: Aggregates) throws(Refusal) -> Payout {
        guard let payout = aggregates.payout, payout.id == id, payout.merchantID == merchantID
        else { throw .payoutNotFound(id) }
        return payout
    }

    /// Appends one fact; changes of pairs leave room for what the bank says.
    private func append(
        _ event: PayoutEvent,
        to payout: Payout,
        keepingRoom: Int32 = 16
    ) throws(Refusal) -> Decision {
        guard payout.version + keepingRoom < Payment.maximumVersion else {
            throw .tooManyChanges(.payout(payout.id))
        }
        return Decision(
            events: [StreamEvent(stream: .payout(payout.id), event: .payout(event))],
            reply: .payout(payout.id)
        )
    }
}
