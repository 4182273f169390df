import Money

/// Decisions about payment methods, tokens and merchants: they never need the network.
extension SubmittedCommand {
    /// A payment method that a command names or brings, with the events that store it.
    struct ResolvedMethod {
        let method: PaymentMethod
        let events: [StreamEvent]
    }

    func resolve(
        _ source: PaymentMethodSource,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> ResolvedMethod {
        switch source {
        case .existing(let id):
            guard let method = aggregates.paymentMethod, method.id == id,
                method.merchantID == merchantID
            else { throw .paymentMethodNotFound(id) }
            return ResolvedMethod(method: method, events: [])
        case .new(let new):
            guard aggregates.paymentMethod == nil else {
                throw .alreadyExists(.paymentMethod(new.id))
            }
            guard let merchant = aggregates.merchant else { throw .merchantNotFound(merchantID) }
            let card = try card(of: new.card, given: aggregates)
            let method = newMethod(new, card: card, merchant: merchant, at: now)
            var events: [StreamEvent] = []
            if case .token(let id) = new.card {
                events.append(
                    StreamEvent(stream: .cardToken(id), event: .cardTokenUsed(by: new.id))
                )
            }
            events.append(
                StreamEvent(stream: .paymentMethod(new.id), event: .paymentMethodCreated(method))
            )
            return ResolvedMethod(method: method, events: events)
        }
    }

    /// The payment method that would be charged, whatever stands in its way.
    ///
    /// A process that takes a command over needs it to reverse what may have been sent.
    func methodRegardless(
        _ source: PaymentMethodSource,
        given aggregates: Aggregates,
        at now: Timestamp
    ) -> PaymentMethod? {
        switch source {
        case .existing(let id):
            guard let method = aggregates.paymentMethod, method.id == id else { return nil }
            return method
        case .new(let new):
            guard let merchant = aggregates.merchant else { return nil }
            switch new.card {
            case .card(let card): return newMethod(new, card: card, merchant: merchant, at: now)
            case .token:
                guard let card = aggregates.cardToken?.card else { return nil }
                return newMethod(new, card: card, merchant: merchant, at: now)
            case .refused: return nil
            }
        }
    }

    private func newMethod(
        _ new: NewPaymentMethod,
        card: CardDetails,
        merchant: Merchant,
        at now: Timestamp
    ) -> PaymentMethod {
        PaymentMethod(
            id: new.id,
            merchantID: merchantID,
            livemode: merchant.livemode,
            card: card,
            billingDetails: new.billingDetails,
            metadata: new.metadata,
            allowRedisplay: new.allowRedisplay,
            createdAt: now
        )
    }

    private func card(
        of source: CardSource,
        given aggregates: Aggregates
    ) throws(Refusal) -> CardDetails {
        switch source {
        case .card(let card): return card
        case .token(let id):
            guard let token = aggregates.cardToken, token.id == id,
                token.merchantID == merchantID
            else { throw .cardTokenNotFound(id) }
            guard !token.isUsed else { throw .tokenAlreadyUsed(id) }
            return token.card
        case .refused(let error): throw .cardRefused(error)
        }
    }

    func createMethod(
        _ request: CreatePaymentMethod,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        let resolved = try resolve(.new(request.method), given: aggregates, at: now)
        return Decision(events: resolved.events, reply: .paymentMethod(request.method.id))
    }

    func createToken(
        _ request: CreateCardToken,
        given aggregates: Aggregates,
        at now: Timestamp
    ) throws(Refusal) -> Decision {
        guard let merchant = aggregates.merchant else { throw .merchantNotFound(merchantID) }
        guard aggregates.cardToken == nil else {
            throw .alreadyExists(.cardToken(request.tokenID))
        }
        let token = CardToken(
            id: request.tokenID,
            merchantID: merchantID,
            livemode: merchant.livemode,
            card: request.card,
            billingDetails: request.billingDetails,
            clientAddress: request.clientAddress,
            createdAt: now
        )
        return Decision(
            events: [
                StreamEvent(stream: .cardToken(request.tokenID), event: .cardTokenCreated(token))
            ],
            reply: .cardToken(request.tokenID)
        )
    }

    func createMerchant(
        _ request: CreateMerchant,
        given aggregates: Aggregates
    ) throws(Refusal) -> Decision {
        let id = request.merchant.id
        guard aggregates.merchant == nil, id == merchantID else {
            throw .alreadyExists(.merchant(id))
        }
        return Decision(
            events: [
                StreamEvent(stream: .merchant(id), event: .merchantCreated(request.merchant))
            ],
            reply: .merchant(id)
        )
    }
}
