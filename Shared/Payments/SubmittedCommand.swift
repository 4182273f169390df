public import Money

/// A command with what its row in the queue says about it; decides what is to be done.
///
/// The decider is pure. Its shell runs this loop:
/// 1. load ``Command/streams`` into ``Aggregates``, and ask ``decide(given:at:mayHaveRun:)``;
/// 2. append the decision's events to the aggregates;
/// 3. carry out what is next, outside any transaction, and ask
///    ``decide(after:outcome:given:at:)`` with its outcome; repeat from 2;
/// 4. when nothing is next, store all events, projections, journals and the reply in one
///    transaction. ``Decision/Next/sendLater(_:)`` stores earlier (a checkpoint) and puts the work
///    back until its backoff is over; it then starts at 1 with `mayHaveRun`. Other commands on the
///    same payment may run meanwhile: the checkpoint tells them what is in flight.
///
/// A command whose worker died left no checkpoint, so it must be taken up again before any other
/// command with its ``Command/target`` begins; otherwise a capture that the network took could meet
/// another capture of another amount.
public struct SubmittedCommand: Sendable, Equatable {
    /// The command's number, from which its network reference is made.
    public let id: Int64
    /// The merchant that it runs for.
    public let merchantID: MerchantID
    /// When it was stored; the transmission time of its network messages.
    public let receivedAt: Timestamp
    /// What is wanted.
    public let command: Command

    /// Takes a command from its row.
    public init(id: Int64, merchantID: MerchantID, receivedAt: Timestamp, command: Command) {
        self.id = id
        self.merchantID = merchantID
        self.receivedAt = receivedAt
        self.command = command
    }

    /// The retrieval reference of the command's own authorization or refund.
    public var reference: NetworkReference { NetworkReference(commandID: id) }

    /// Decides how to begin, or how to go on.
    ///
    /// - Parameters:
    ///   - aggregates: The command's streams as they stand in the store.
    ///   - now: The time that events will be recorded at.
    ///   - mayHaveRun: Whether anybody may have worked on the command before: it was taken over,
    ///     or put back to wait. An authorization that may then have been sent without a recorded
    ///     outcome is reversed before anything else; an advice is repeated.
    /// - Returns: The events so far, and what is to be done next.
    public func decide(
        given aggregates: Aggregates,
        at now: Timestamp,
        mayHaveRun: Bool
    ) -> Decision {
        if mayHaveRun, let decision = resume(given: aggregates, at: now) { return decision }
        return begin(given: aggregates, at: now, mayHaveRun: mayHaveRun)
    }

    func begin(
        given aggregates: Aggregates,
        at now: Timestamp,
        mayHaveRun: Bool
    ) -> Decision {
        do {
            return try plan(given: aggregates, at: now, repeated: mayHaveRun)
        } catch {
            return Decision(reply: .refused(error))
        }
    }

    private func plan(
        given aggregates: Aggregates,
        at now: Timestamp,
        repeated: Bool
    ) throws(Refusal) -> Decision {
        switch command {
        case .createPayment(let request): try create(request, given: aggregates, at: now)
        case .updatePayment(let request): try update(request, given: aggregates, at: now)
        case .confirmPayment(let request): try confirm(request, given: aggregates, at: now)
        case .capturePayment(let request):
            try capture(request, given: aggregates, repeated: repeated)
        case .cancelPayment(let request):
            try cancel(request, given: aggregates, repeated: repeated)
        case .expirePayment(let request):
            try expire(request, given: aggregates, repeated: repeated)
        case .createRefund(let request):
            try refund(request, given: aggregates, repeated: repeated)
        case .updateRefund(let request): try updateRefund(request, given: aggregates)
        case .cancelRefund(let request): try cancelRefund(request, given: aggregates)
        case .expireRefund(let request): try expireRefund(request, given: aggregates)
        case .createPaymentMethod(let request):
            try createMethod(request, given: aggregates, at: now)
        case .createCardToken(let request): try createToken(request, given: aggregates, at: now)
        case .createMerchant(let request): try createMerchant(request, given: aggregates)
        case .webhook(let command): try decide(command, given: aggregates, at: now)
        case .payout(let command): try decide(command, given: aggregates, at: now)
        case .advanceClock(let request): try advance(request)
        case .dispute(let command): try decide(command, given: aggregates, at: now)
        }
    }

    /// The payment of this merchant that the command is about.
    func payment(_ id: PaymentID, in aggregates: Aggregates) throws(Refusal) -> Payment {
        guard let payment = aggregates.payment, payment.id == id,
            payment.merchantID == merchantID
        else { throw .paymentNotFound(id) }
        return payment
    }

    /// Refuses where a payment's events would leave no room to finish what is in flight.
    func requireRoom(_ payment: Payment) throws(Refusal) {
        let pending = payment.returns.count { $0.status == .pending }
        guard Int(payment.version) + pending + 16 <= Int(Payment.maximumVersion) else {
            throw .tooManyChanges(.payment(payment.id))
        }
    }

    func stream(_ id: PaymentID, _ events: PaymentEvent...) -> [StreamEvent] {
        events.map { StreamEvent(stream: .payment(id), event: .payment($0)) }
    }
}
