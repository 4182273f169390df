public import Money

/// Everything that one command's decision may look at, folded from its streams.
///
/// The shell loads it, appends a decision's events to it, and asks for the next decision with it.
public struct Aggregates: Sendable, Equatable {
    /// The merchant that the command runs for.
    public private(set) var merchant: Merchant?
    /// The command's payment, if it exists.
    public private(set) var payment: Payment?
    /// The payment method that the command names or brings, if it exists.
    public private(set) var paymentMethod: PaymentMethod?
    /// The card token that the command spends or makes, if it exists.
    public private(set) var cardToken: CardToken?
    /// The webhook endpoint that the command is about, if it exists.
    public private(set) var webhookEndpoint: WebhookEndpoint?
    /// The wish to deliver again that the command has just stored.
    public private(set) var webhookReplay: WebhookReplay?
    /// The settlement batch that events are folded into.
    public private(set) var settlement: Settlement?
    /// The payout that the command is about, or that events are folded into.
    public private(set) var payout: Payout?
    /// The merchant's settings of its balance, if it has changed any.
    public private(set) var balanceSettings: BalanceSettings?
    /// The adjustment that events are folded into.
    public private(set) var adjustment: Adjustment?
    /// Whether the payment's captured money is settled, so that refunds take from what is available.
    public let isSettled: Bool
    /// What the merchant is owed in the payment's currency, pending and available together.
    ///
    /// Less than nothing where refunds, disputes and fees took more; read where a refund asks.
    public let balanceMinorUnits: Int64
    /// What can be paid out to the merchant in the payout's currency; read where a payout asks.
    public let availableMinorUnits: Int64
    /// How far the merchant's own clock is ahead of real time.
    public let clockAheadMicroseconds: Int64

    /// Takes what was loaded; all of it belongs to one merchant.
    public init(
        merchant: Merchant? = nil,
        payment: Payment? = nil,
        paymentMethod: PaymentMethod? = nil,
        cardToken: CardToken? = nil,
        webhookEndpoint: WebhookEndpoint? = nil,
        settlement: Settlement? = nil,
        payout: Payout? = nil,
        balanceSettings: BalanceSettings? = nil,
        isSettled: Bool = false,
        balanceMinorUnits: Int64 = 0,
        availableMinorUnits: Int64 = 0,
        clockAheadMicroseconds: Int64 = 0
    ) {
        self.merchant = merchant
        self.payment = payment
        self.paymentMethod = paymentMethod
        self.cardToken = cardToken
        self.webhookEndpoint = webhookEndpoint
        self.settlement = settlement
        self.payout = payout
        self.balanceSettings = balanceSettings
        self.isSettled = isSettled
        self.balanceMinorUnits = balanceMinorUnits
        self.availableMinorUnits = availableMinorUnits
        self.clockAheadMicroseconds = clockAheadMicroseconds
    }

    /// How many events a stream has, so far as it is loaded; 0 where it does not exist.
    public func version(of stream: StreamID) -> Int32 {
        switch stream {
        case .payment(let id): payment?.id == id ? payment?.version ?? 0 : 0
        case .paymentMethod(let id): paymentMethod?.id == id ? 1 : 0
        case .cardToken(let id):
            if let cardToken, cardToken.id == id { cardToken.isUsed ? 2 : 1 } else { 0 }
        case .merchant(let id): merchant?.id == id ? 1 : 0
        case .webhookEndpoint(let id):
            webhookEndpoint?.id == id ? webhookEndpoint?.version ?? 0 : 0
        case .webhookReplay(let id): webhookReplay?.id == id ? 1 : 0
        case .settlement(let id): settlement?.id == id ? settlement?.version ?? 0 : 0
        case .payout(let id): payout?.id == id ? payout?.version ?? 0 : 0
        case .balanceSettings(let id):
            balanceSettings.map { BalanceSettingsID(of: $0.merchantID) == id ? $0.version : 0 } ?? 0
        case .adjustment(let id): adjustment?.id == id ? 1 : 0
        }
    }

    /// Gives events their places, folds them in, and returns them as they are to be stored.
    ///
    /// The version before the first event of a stream is the version that the store must expect.
    public mutating func append(
        _ events: [StreamEvent],
        at time: Timestamp
    ) throws(EvolutionError) -> [RecordedEvent] {
        var recorded: [RecordedEvent] = []
        for event in events {
            let placed = RecordedEvent(
                stream: event.stream,
                version: version(of: event.stream) + 1,
                event: event.event,
                recordedAt: time
            )
            try apply(placed)
            recorded.append(placed)
        }
        return recorded
    }

    /// Folds one recorded event in; a rebuild of projections does nothing else.
    public mutating func apply(_ recorded: RecordedEvent) throws(EvolutionError) {
        let stream = recorded.stream
        let expected = version(of: stream) + 1
        guard recorded.version == expected else {
            throw .wrongVersion(expected: expected, found: recorded.version)
        }
        switch (stream, recorded.event) {
        case (.payment(let id), .payment(let event)):
            let before = payment?.id == id ? payment : nil
            let after = try Payment.evolve(
                before,
                by: event,
                version: recorded.version,
                at: recorded.recordedAt
            )
            guard after.id == id else { throw .wrongPlace(type: event.type) }
            payment = after
        case (.paymentMethod(let id), .paymentMethodCreated(let method))
        where method.id == id && expected == 1:
            paymentMethod = method
        case (.cardToken(let id), .cardTokenCreated(let token))
        where token.id == id && expected == 1:
            cardToken = token
        case (.cardToken, .cardTokenUsed) where expected == 2:
            cardToken = cardToken?.used(at: recorded.recordedAt)
        case (.merchant(let id), .merchantCreated(let created))
        where created.id == id && expected == 1:
            merchant = created
        case (.webhookEndpoint(let id), .webhookEndpoint(let event)):
            let before = webhookEndpoint?.id == id ? webhookEndpoint : nil
            guard
                let after = WebhookEndpoint.evolve(
                    before,
                    by: event,
                    version: recorded.version,
                    at: recorded.recordedAt
                ), after.id == id
            else { throw .wrongPlace(type: event.kind.rawValue) }
            webhookEndpoint = after
        case (.webhookReplay(let id), .webhookReplayRequested(let replay))
        where replay.id == id && expected == 1:
            webhookReplay = replay
        case (.settlement(let id), .settlement(let event)):
            guard
                let after = Settlement.evolve(
                    settlement?.id == id ? settlement : nil,
                    by: event,
                    version: recorded.version,
                    at: recorded.recordedAt
                ), after.id == id
            else { throw .wrongPlace(type: event.kind.rawValue) }
            settlement = after
        case (.payout(let id), .payout(let event)):
            guard
                let after = Payout.evolve(
                    payout?.id == id ? payout : nil,
                    by: event,
                    version: recorded.version,
                    at: recorded.recordedAt
                ), after.id == id
            else { throw .wrongPlace(type: event.kind.rawValue) }
            payout = after
        case (.balanceSettings(let id), .balanceSettingsUpdated(let settings))
        where BalanceSettingsID(of: settings.merchantID) == id:
            balanceSettings = settings.placed(at: recorded.version)
        case (.adjustment(let id), .adjustmentPosted(let posted))
        where posted.id == id && expected == 1:
            adjustment = posted
        case (.payment, _), (.paymentMethod, _), (.cardToken, _), (.merchant, _),
            (.webhookEndpoint, _), (.webhookReplay, _), (.settlement, _), (.payout, _),
            (.balanceSettings, _), (.adjustment, _):
            throw .wrongPlace(type: recorded.event.type)
        }
    }
}

extension CardToken {
    func used(at time: Timestamp) -> CardToken {
        CardToken(
            id: id,
            merchantID: merchantID,
            livemode: livemode,
            card: card,
            billingDetails: billingDetails,
            clientAddress: clientAddress,
            createdAt: createdAt,
            usedAt: time
        )
    }
}
