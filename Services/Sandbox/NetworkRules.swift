import CardNetwork
import Payments

/// What the network decides about one message: the answer, and what has to be remembered for it.
struct NetworkVerdict: Sendable, Equatable {
    let responseCode: String
    var authorizationCode: String?
    var networkTransaction: String?
    /// Nil for an answer that was given before and is only repeated.
    var fact: NetworkFact?

    /// An answer that changes nothing.
    static func repeated(_ code: String) -> NetworkVerdict { NetworkVerdict(responseCode: code) }
}

/// What the rules have to know of the card behind a token.
struct IssuedCard: Sendable, Equatable {
    let behavior: CardBehavior
    /// Year and month of expiry, as ``WireTime/monthNumber``.
    let lastMonthNumber: Int
}

/// The network's rules: pure decisions over its books.
///
/// A family is known by acquirer (field 32) and reference (field 37). A message that has been
/// answered is answered the same again, with no second effect. A reversal undoes authorization and
/// capture; of something unknown it is acknowledged and remembered, and refuses what comes later.
struct NetworkRules: Sendable {
    /// The month that is now.
    let monthNumber: Int
    /// Set while all authorizations are to be declined.
    var forcedDecline: String?

    /// Decides about a request that the decoder has let through.
    func decide(
        _ request: NetworkRequest,
        card: IssuedCard?,
        books: NetworkBooks
    ) -> NetworkVerdict {
        switch request.kind {
        case .authorization: authorize(request, card, books)
        case .capture: capture(request, books)
        case .reversal: reverse(request, books)
        case .refund: refund(request, card, books)
        case .management: .repeated(ResponseCode.approved)
        }
    }

    // MARK: - Authorization

    private func authorize(
        _ request: NetworkRequest,
        _ card: IssuedCard?,
        _ books: NetworkBooks
    ) -> NetworkVerdict {
        let known = books.authorizations[request.family]
        if let answer = known?.answer {
            guard answer.isAbout(request) else {
                return .repeated(ResponseCode.conflictingRepeat)
            }
            return NetworkVerdict(
                responseCode: answer.responseCode,
                authorizationCode: answer.authorizationCode,
                networkTransaction: answer.networkTransaction
            )
        }
        if known?.isReversed == true {
            return declined(request, ResponseCode.alreadyReversed)
        }
        if let code = forcedDecline { return declined(request, code) }
        guard let card else { return declined(request, ResponseCode.unknownCard) }
        guard card.lastMonthNumber >= monthNumber else {
            return declined(request, ResponseCode.expiredCard)
        }
        switch card.behavior {
        case .declines(let declineCode):
            return declined(
                request,
                DeclineReason.of(declineCode: declineCode)?.responseCode ?? "05"
            )
        case .approves, .refundsLate, .failsRefunds, .disputes: return approved(request)
        }
    }

    private func declined(_ request: NetworkRequest, _ code: String) -> NetworkVerdict {
        NetworkVerdict(responseCode: code, fact: request.fact(.declined, code))
    }

    private func approved(_ request: NetworkRequest) -> NetworkVerdict {
        var fact = request.fact(.authorized, ResponseCode.approved)
        fact.authorizationCode = String(request.family.reference.suffix(6))
        fact.networkTransaction = "NTX" + request.family.reference
        return NetworkVerdict(
            responseCode: fact.responseCode,
            authorizationCode: fact.authorizationCode,
            networkTransaction: fact.networkTransaction,
            fact: fact
        )
    }

    // MARK: - Capture and reversal

    private func capture(_ request: NetworkRequest, _ books: NetworkBooks) -> NetworkVerdict {
        let known = books.authorizations[request.family]
        if let answer = known?.capture {
            guard answer.isAbout(request) else {
                return .repeated(ResponseCode.conflictingRepeat)
            }
            return .repeated(answer.responseCode)
        }
        let refusal: String? =
            if known?.isReversed == true {
                ResponseCode.alreadyReversed
            } else if known?.answer?.kind != .authorized || known?.answer?.token != request.token {
                ResponseCode.notFound
            } else if request.amountMinorUnits > known?.heldMinorUnits ?? 0
                || request.amountMinorUnits == 0 || known?.answer?.currency != request.currency
            {
                ResponseCode.invalidAmount
            } else {
                nil
            }
        if let refusal {
            return NetworkVerdict(
                responseCode: refusal,
                fact: request.fact(.captureRefused, refusal)
            )
        }
        return NetworkVerdict(
            responseCode: ResponseCode.approved,
            fact: request.fact(.captured, ResponseCode.approved)
        )
    }

    private func reverse(_ request: NetworkRequest, _ books: NetworkBooks) -> NetworkVerdict {
        guard let known = books.authorizations[request.family], known.answer != nil else {
            if books.authorizations[request.family]?.isReversed == true {
                return .repeated(ResponseCode.approved)
            }
            return NetworkVerdict(
                responseCode: ResponseCode.approved,
                fact: request.fact(.reversalRemembered, ResponseCode.approved)
            )
        }
        if known.isReversed { return .repeated(ResponseCode.approved) }
        if known.refundedMinorUnits + known.pendingRefundMinorUnits > 0
            || known.chargedBackMinorUnits > 0
        {
            return NetworkVerdict(
                responseCode: ResponseCode.cannotReverse,
                fact: request.fact(.reversalRefused, ResponseCode.cannotReverse)
            )
        }
        return NetworkVerdict(
            responseCode: ResponseCode.approved,
            fact: request.fact(.reversed, ResponseCode.approved)
        )
    }

    // MARK: - Refund

    private func refund(
        _ request: NetworkRequest,
        _ card: IssuedCard?,
        _ books: NetworkBooks
    ) -> NetworkVerdict {
        if let known = books.refunds[request.family]?.answer {
            return repeatedRefund(request, known)
        }
        guard let elements = request.original, let key = books.originals[elements],
            let original = books.authorizations[key], original.answer?.token == request.token
        else { return refusedRefund(request, ResponseCode.notFound, original: nil) }
        let left =
            original.capturedMinorUnits - original.refundedMinorUnits
            - original.pendingRefundMinorUnits - original.chargedBackMinorUnits
        guard request.amountMinorUnits > 0, request.amountMinorUnits <= left,
            original.answer?.currency == request.currency
        else { return refusedRefund(request, ResponseCode.invalidAmount, original: key.reference) }
        switch card?.behavior {
        case .refundsLate:
            return verdict(request, .refundPending, ResponseCode.inProgress, key.reference)
        case .approves, .declines, .failsRefunds, .disputes, nil:
            return verdict(request, .refunded, ResponseCode.approved, key.reference)
        }
    }

    /// A refund that was in progress comes to its end when it is asked about again.
    private func repeatedRefund(
        _ request: NetworkRequest,
        _ known: NetworkFact
    ) -> NetworkVerdict {
        guard known.isAbout(request) else { return .repeated(ResponseCode.conflictingRepeat) }
        guard known.kind == .refundPending else { return .repeated(known.responseCode) }
        return verdict(request, .refunded, ResponseCode.approved, known.original)
    }

    private func refusedRefund(
        _ request: NetworkRequest,
        _ code: String,
        original: String?
    ) -> NetworkVerdict {
        verdict(request, .refundRefused, code, original)
    }

    private func verdict(
        _ request: NetworkRequest,
        _ kind: NetworkFact.Kind,
        _ code: String,
        _ original: String?
    ) -> NetworkVerdict {
        var fact = request.fact(kind, code)
        fact.original = original
        return NetworkVerdict(responseCode: code, fact: fact)
    }
}
