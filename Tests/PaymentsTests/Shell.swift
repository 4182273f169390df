import JSON
import Money
import Payments
import TestKit
import Testing

/// A shell around the decider: it stores events in memory, and plays the network from a script.
struct Shell {
    /// What one run of a command came to.
    struct Run {
        let submitted: SubmittedCommand
        var events: [RecordedEvent] = []
        var effects: [NetworkEffect] = []
        var replies: [Reply] = []
        /// The effect that waits for its backoff; nil when the command is finished.
        var waiting: NetworkEffect?
        /// Whether the command waits for something else than the network.
        var isWaiting = false

        var types: [String] { events.map(\.event.type) }
        var reply: Reply? { replies.first }
    }

    var generator = SeededGenerator(seed: 7)
    var merchant: Merchant
    var payment: Payment?
    var methods: [PaymentMethodID: PaymentMethod] = [:]
    var tokens: [CardTokenID: CardToken] = [:]
    var stored: [RecordedEvent] = []
    var now = Timestamp(secondsSinceEpoch: 1_760_000_000)
    var nextCommandID: Int64 = 1
    /// Whether the payment's charge is settled.
    var isSettled = false
    /// What the merchant is owed.
    var balanceMinorUnits: Int64 = 0

    init(
        seed: UInt64 = 7,
        feePolicy: FeePolicy = .standard,
        refundFeePolicy: RefundFeePolicy = .kept
    ) {
        generator = SeededGenerator(seed: seed)
        merchant = Sample.merchant(
            .generate(at: now, using: &generator),
            feePolicy: feePolicy,
            refundFeePolicy: refundFeePolicy
        )
    }

    mutating func makeID<ID: Identifier>(_ type: ID.Type = ID.self) -> ID {
        .generate(at: now, using: &generator)
    }

    mutating func submit(_ command: Command) -> SubmittedCommand {
        defer { nextCommandID += 1 }
        return SubmittedCommand(
            id: nextCommandID,
            merchantID: merchant.id,
            receivedAt: now,
            command: command
        )
    }

    /// Runs a new command; the outcomes answer its effects in order.
    mutating func run(_ command: Command, _ outcomes: NetworkOutcome...) throws -> Run {
        try work(on: submit(command), mayHaveRun: false, outcomes)
    }

    /// Takes a command up again, as after its backoff or after the death of its worker.
    mutating func resume(_ run: Run, _ outcomes: NetworkOutcome...) throws -> Run {
        try work(on: run.submitted, mayHaveRun: true, outcomes)
    }

    func aggregates(for command: Command) -> Aggregates {
        var method: PaymentMethod?
        var token: CardToken?
        for stream in command.streams {
            switch stream {
            case .payment, .merchant, .webhookEndpoint, .webhookReplay, .settlement, .payout,
                .balanceSettings, .adjustment:
                continue
            case .paymentMethod(let id): method = methods[id]
            case .cardToken(let id): token = tokens[id]
            }
        }
        return Aggregates(
            merchant: merchant,
            payment: payment,
            paymentMethod: method,
            cardToken: token,
            isSettled: isSettled,
            balanceMinorUnits: balanceMinorUnits
        )
    }

    private mutating func work(
        on submitted: SubmittedCommand,
        mayHaveRun: Bool,
        _ outcomes: [NetworkOutcome]
    ) throws -> Run {
        var run = Run(submitted: submitted)
        var outcomes = outcomes[...]
        var aggregates = aggregates(for: submitted.command)
        var decision = submitted.decide(given: aggregates, at: now, mayHaveRun: mayHaveRun)
        while true {
            run.events += try aggregates.append(decision.events, at: now)
            if let reply = decision.reply { run.replies.append(reply) }
            switch decision.next {
            case .complete:
                store(run.events, aggregates)
                return run
            case .sendLater(let effect):
                run.waiting = effect
                store(run.events, aggregates)
                return run
            case .later:
                run.isWaiting = true
                store(run.events, aggregates)
                return run
            case .send(let effect):
                run.effects.append(effect)
                guard let outcome = outcomes.popFirst() else {
                    // The worker dies between sending and storing: nothing of it remains.
                    return run
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

    mutating func store(_ events: [RecordedEvent], _ aggregates: Aggregates) {
        stored += events
        payment = aggregates.payment
        if let method = aggregates.paymentMethod { methods[method.id] = method }
        if let token = aggregates.cardToken { tokens[token.id] = token }
    }

    /// Stores a payment method with this card.
    mutating func addMethod(risk: CardRisk = .normal) throws -> PaymentMethodID {
        let id = makeID(PaymentMethodID.self)
        _ = try run(
            .createPaymentMethod(
                CreatePaymentMethod(
                    method: NewPaymentMethod(
                        id: id,
                        card: .card(Sample.card(risk: risk)),
                        billingDetails: [:]
                    )
                )
            )
        )
        return id
    }

    /// A command that creates a payment and confirms it at once.
    mutating func creation(
        amount: Int64 = 100_000,
        currency: Currency = .inr,
        captureMethod: CaptureMethod = .automatic,
        paymentMethod: PaymentMethodSource? = nil,
        confirms: Bool = true
    ) throws -> Command {
        let source: PaymentMethodSource? =
            if let paymentMethod {
                paymentMethod
            } else if confirms {
                .existing(try addMethod())
            } else {
                nil
            }
        return .createPayment(
            CreatePayment(
                paymentID: makeID(),
                amount: Money(minorUnits: amount, currency: currency),
                captureMethod: captureMethod,
                clientSecret: "secret",
                details: PaymentDetails(description: "a cup of tea"),
                paymentMethod: source,
                confirmAs: confirms ? makeID(ChargeID.self) : nil
            )
        )
    }

    /// A payment that has been captured in full.
    mutating func pay(amount: Int64 = 100_000) throws -> Payment {
        _ = try run(try creation(amount: amount), Sample.approval, .acknowledged)
        return try #require(payment)
    }

    /// A payment whose authorization is held.
    mutating func hold(amount: Int64 = 5_000) throws -> Payment {
        _ = try run(try creation(amount: amount, captureMethod: .manual), Sample.approval)
        return try #require(payment)
    }

    mutating func refundCommand(
        _ payment: Payment,
        _ amount: Int64? = nil,
        charge: ChargeID? = nil
    ) -> Command {
        .createRefund(
            CreateRefund(
                refundID: makeID(),
                paymentID: payment.id,
                chargeID: charge,
                amountMinorUnits: amount,
                reason: .requestedByCustomer
            )
        )
    }

    mutating func captureCommand(_ payment: Payment, _ amount: Int64? = nil) -> Command {
        .capturePayment(
            CapturePayment(
                paymentID: payment.id,
                amountMinorUnits: amount,
                remainderRefundID: makeID()
            )
        )
    }

    mutating func cancelCommand(_ payment: Payment) -> Command {
        .cancelPayment(
            CancelPayment(paymentID: payment.id, reason: .abandoned, remainderRefundID: makeID())
        )
    }

    mutating func confirmCommand(
        _ payment: Payment,
        with source: PaymentMethodSource? = nil
    ) -> Command {
        .confirmPayment(
            ConfirmPayment(paymentID: payment.id, chargeID: makeID(), paymentMethod: source)
        )
    }
}
