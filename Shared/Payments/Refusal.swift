public import Money

/// What a merchant tried to do with a payment.
public enum PaymentOperation: String, Sendable, CaseIterable {
    case update
    case confirm
    case capture
    case cancel
    case refund
}

/// Why a command was not carried out; the values say all that an answer needs.
public enum Refusal: Error, Sendable, Equatable {
    /// No such payment of this merchant.
    case paymentNotFound(PaymentID)
    /// No such payment method of this merchant.
    case paymentMethodNotFound(PaymentMethodID)
    /// No such card token of this merchant.
    case cardTokenNotFound(CardTokenID)
    /// No such charge of this payment.
    case chargeNotFound(ChargeID)
    /// No such refund of this payment.
    case refundNotFound(RefundID)
    /// No such dispute of this payment.
    case disputeNotFound(DisputeID)
    /// The dispute takes no answer: it was answered, or has ended.
    case disputeNotOpen(DisputeID)
    /// The time to answer is over.
    case disputePastDue(DisputeID, dueBy: Timestamp)
    /// The evidence has more characters than customers' banks take.
    case evidenceTooLong(DisputeID)
    /// A customer's bank has taken the charge's money, so it cannot be given back again.
    case chargeDisputed(ChargeID)
    /// No such merchant.
    case merchantNotFound(MerchantID)
    /// Something with this identifier exists already.
    case alreadyExists(StreamID)
    /// The payment's status forbids it.
    case unexpectedStatus(
        PaymentOperation,
        PaymentID,
        status: PaymentStatus,
        allowed: [PaymentStatus]
    )
    /// The payment has been captured already.
    case alreadyCaptured(PaymentID)
    /// Confirmation needs a payment method and has none.
    case missingPaymentMethod(PaymentID)
    /// The amount is below the currency's least.
    case amountTooSmall(least: Money)
    /// The amount is above what a payment can be.
    case amountTooLarge(most: Money)
    /// The currency's amounts go in larger steps.
    case amountNotMultiple(of: Money)
    /// The capture is above what the network holds.
    case captureExceedsAuthorization(requested: Money, capturable: Money)
    /// The authorization has lapsed.
    case authorizationExpired(ChargeID, captureBefore: Timestamp)
    /// The authorization has not lapsed yet, so the sweeper came too early.
    case authorizationNotExpired(ChargeID, captureBefore: Timestamp)
    /// The refund is above what is left.
    case refundExceedsRemaining(ChargeID, requested: Money, remaining: Money)
    /// Nothing is left to refund.
    case alreadyRefunded(ChargeID)
    /// Part of an uncaptured charge cannot be refunded.
    case partialRefundOfUncaptured(ChargeID)
    /// The network has the refund already, or it has come to its end: it can be taken back no more.
    case refundNotWaiting(RefundID, status: RefundStatus)
    /// The payment has no charge that took money.
    case nothingToRefund(PaymentID)
    /// The token has been spent.
    case tokenAlreadyUsed(CardTokenID)
    /// The vault refused the card data; nothing was stored.
    case cardRefused(PaymentError)
    /// The card was declined, blocked, or its outcome undone; the payment can be tried again.
    case cardFailed(PaymentID, ChargeID, PaymentError)
    /// The capture was refused by the network.
    case captureFailed(PaymentID, ChargeID, PaymentError)
    /// The stream has no room for further events; its identifiers would run out.
    case tooManyChanges(StreamID)
    /// No such webhook endpoint of this merchant.
    case webhookEndpointNotFound(WebhookEndpointID)
    /// The endpoint has as many live keys as it may have.
    case tooManyWebhookKeys(WebhookEndpointID)
    /// No such payout of this merchant.
    case payoutNotFound(PayoutID)
    /// The payout has gone to the bank, or has come to its end.
    case payoutNotCancelable(PayoutID, PayoutStatus)
    /// Payouts do not go to this bank account.
    case bankAccountNotFound(String)
    /// More than is available was to be paid out.
    case balanceInsufficient(Money)
    /// A clock only moves forward.
    case clockGoesBack(to: Timestamp, from: Timestamp)
    /// A clock moves only so far at once.
    case clockGoesTooFar(to: Timestamp, from: Timestamp)
}

/// The answer that a finished command gets; the first one stored wins.
public enum Reply: Sendable, Equatable {
    /// 200 with the payment.
    case payment(PaymentID)
    /// 200 with the refund.
    case refund(RefundID, PaymentID)
    /// 200 with the dispute.
    case dispute(DisputeID, PaymentID)
    /// 200 with the payment method.
    case paymentMethod(PaymentMethodID)
    /// 200 with the card token.
    case cardToken(CardTokenID)
    /// 200 with the merchant.
    case merchant(MerchantID)
    /// 200 with the webhook endpoint, or with its stub when it was deleted.
    case webhookEndpoint(WebhookEndpointID)
    /// 200 with the wish to deliver again.
    case webhookReplay(WebhookReplayID)
    /// 200 with the payout.
    case payout(PayoutID)
    /// 200 with the merchant's settings of its balance.
    case balanceSettings(BalanceSettingsID)
    /// 200 with the merchant's clock; the shell moves it to this moment first.
    case testClock(Timestamp)
    /// An error object.
    case refused(Refusal)
}

extension Reply {
    /// Whether the shell has something to do before it is stored.
    public var isTestClock: Bool {
        if case .testClock = self { true } else { false }
    }
}

/// What a command's run comes to, up to the next answer from the network.
public struct Decision: Sendable, Equatable {
    /// What the shell does next with the command.
    public enum Next: Sendable, Equatable {
        /// Nothing: the command is finished and its work row can go.
        case complete
        /// Carry this out at once; ``events`` may wait for its outcome before they are stored.
        case send(NetworkEffect)
        /// Store ``events`` (a checkpoint) and the reply if there is one, and carry this out
        /// after a backoff.
        case sendLater(NetworkEffect)
        /// Store ``events`` and the reply if there is one, and take the command up again after a
        /// backoff: what it waits for has not come.
        case later
    }

    /// The facts to append, in order; the shell folds them before it asks for the next decision.
    public let events: [StreamEvent]
    /// The answer to store with them, if it is known now.
    public let reply: Reply?
    /// What follows.
    public let next: Next

    /// Puts a decision together.
    public init(events: [StreamEvent] = [], reply: Reply? = nil, next: Next = .complete) {
        self.events = events
        self.reply = reply
        self.next = next
    }
}
