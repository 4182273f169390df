public import Money

/// Says why an event cannot follow the events before it.
///
/// A decider's events never meet it; a fold of stored events that does has found a damaged store.
public enum EvolutionError: Error, Sendable, Equatable {
    /// The version is not the next one.
    case wrongVersion(expected: Int32, found: Int32)
    /// The first event of a stream is not its creation, or a later one is.
    case wrongPlace(type: String)
    /// The event names an attempt that is not there, or one that is there already.
    case wrongCharge(ChargeID)
    /// The event names a refund that is not there, or one that is there already.
    case wrongRefund(RefundID)
    /// The event names a dispute that is not there, or one that is there already.
    case wrongDispute(DisputeID)
    /// The part that the event is about is not in a state for it.
    case unexpected(type: String)
    /// The table of lifecycle states has no such step.
    case illegalTransition(from: LifecycleState, to: LifecycleState)
    /// `0 <= refunded + disputed <= captured <= authorized` would not hold, or currencies differ.
    case boundExceeded(type: String)
}

extension Payment {
    /// The payment after one more event.
    public static func evolve(
        _ payment: Payment?,
        by event: PaymentEvent,
        version: Int32,
        at time: Timestamp
    ) throws(EvolutionError) -> Payment {
        let expected = (payment?.version ?? 0) + 1
        guard version == expected else {
            throw .wrongVersion(expected: expected, found: version)
        }
        if case .created(let facts) = event {
            guard payment == nil else { throw .wrongPlace(type: event.type) }
            return Payment(created: facts, at: time)
        }
        guard var next = payment else { throw .wrongPlace(type: event.type) }
        next.version = version
        try next.apply(event, at: time)
        try next.enterDerivedState(by: event, at: time)
        return next
    }

    private init(created facts: PaymentCreated, at time: Timestamp) {
        self.init(
            id: facts.paymentID,
            merchantID: facts.merchantID,
            livemode: facts.livemode,
            version: 1,
            amount: facts.amount,
            captureMethod: facts.captureMethod,
            clientSecret: facts.clientSecret,
            details: facts.details,
            feePolicy: facts.feePolicy,
            refundFeePolicy: facts.refundFeePolicy,
            paymentMethod: facts.paymentMethod,
            attempts: [],
            refunds: [],
            lastFailedChargeID: nil,
            cancellation: nil,
            lifecycle: [
                LifecycleEntry(
                    state: .created,
                    at: time,
                    eventVersion: 1,
                    eventType: PaymentEvent.Kind.created.rawValue
                )
            ],
            createdAt: time
        )
    }

    private mutating func enterDerivedState(
        by event: PaymentEvent,
        at time: Timestamp
    ) throws(EvolutionError) {
        let next = derivedState
        guard next != state else { return }
        guard state.canBecome(next) else { throw .illegalTransition(from: state, to: next) }
        lifecycle.append(
            LifecycleEntry(state: next, at: time, eventVersion: version, eventType: event.type)
        )
    }

    private mutating func apply(
        _ event: PaymentEvent,
        at time: Timestamp
    ) throws(EvolutionError) {
        let version = version
        switch event {
        case .created: throw .wrongPlace(type: event.type)
        case .updated(let facts): try update(facts, type: event.type)
        case .authorizationUnknown(let facts):
            try open(facts.start, outcome: .unknown, at: time, type: event.type)
        case .authorized(let facts):
            try open(
                facts.start,
                outcome: .authorized(facts.authorization),
                at: time,
                type: event.type
            )
        case .failed(let facts): try fail(facts, at: time, type: event.type)
        case .captureRequested(let facts):
            try changeAttempt(facts.chargeID) { (attempt) throws(EvolutionError) in
                guard attempt.isCapturable else { throw .unexpected(type: event.type) }
                attempt.captureRequest = facts.request
            }
        case .captured(let facts): try capture(facts, at: time, type: event.type)
        case .voidRequested(let facts):
            try changeAttempt(facts.chargeID) { (attempt) throws(EvolutionError) in
                guard attempt.isCapturable else { throw .unexpected(type: event.type) }
                attempt.voidRequest = facts.request
            }
        case .canceled(let facts): try cancel(facts, at: time, type: event.type)
        case .expired(let facts):
            try void(facts.chargeID, release: facts.release, at: time, type: event.type)
            cancellation = Cancellation(reason: .automatic, canceledAt: time)
        case .refundRequested(let facts): try request(facts, at: time, type: event.type)
        case .refundIssued(let facts):
            try settleRefund(facts.refundID, amount: facts.amount, type: event.type) {
                $0.status = .succeeded
                $0.issuedVersion = version
            }
        case .refundFailed(let facts):
            try settleRefund(
                facts.refundID,
                amount: facts.amount,
                type: event.type,
                orReturned: true
            ) {
                $0.status = .failed
                $0.failureReason = facts.reason
                $0.failedVersion = version
            }
        case .refundDeferred(let facts): try deferRefund(facts, at: time, type: event.type)
        case .refundCanceled(let facts):
            try endWaiting(facts.refundID, as: .canceled, because: nil, type: event.type)
        case .refundExpired(let facts):
            try endWaiting(
                facts.refundID,
                as: .failed,
                because: facts.reason,
                type: event.type
            )
        case .refundReturned(let facts): try takeBack(facts, type: event.type)
        case .disputeOpened(let facts): try openDispute(facts, at: time, type: event.type)
        case .disputeFeeCharged(let facts): try chargeDisputeFee(facts, type: event.type)
        case .disputeFundsWithdrawn(let facts):
            try withdraw(facts, at: time, type: event.type)
        case .disputeChargedBack(let facts): try chargeBack(facts, type: event.type)
        case .disputeEscalated(let facts): try escalate(facts, at: time, type: event.type)
        case .disputeUpdated(let facts): try update(facts, type: event.type)
        case .disputeEvidenceSubmitted(let facts):
            try submit(facts, at: time, type: event.type)
        case .disputeRepresented(let facts): try represent(facts, type: event.type)
        case .disputeFeeReturned(let facts): try returnDisputeFee(facts, type: event.type)
        case .disputeFundsReinstated(let facts):
            try reinstate(facts, at: time, type: event.type)
        case .disputeClosed(let facts): try close(facts, at: time, type: event.type)
        case .fraudWarningReceived(let facts): try warn(facts, at: time, type: event.type)
        case .refundUpdated(let facts):
            let index = try refundIndex(facts.refundID)
            refunds[index].metadata = facts.metadata
        }
    }
}
