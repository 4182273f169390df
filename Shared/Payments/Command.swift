public import JSON

/// What a merchant, or the product itself, wants done; one row of the command queue.
///
/// All identifiers in it were made by the gateway, so running it twice can only make the same
/// things.
public enum Command: Sendable, Equatable {
    case createPayment(CreatePayment)
    case updatePayment(UpdatePayment)
    case confirmPayment(ConfirmPayment)
    case capturePayment(CapturePayment)
    case cancelPayment(CancelPayment)
    case expirePayment(ExpirePayment)
    case createRefund(CreateRefund)
    case updateRefund(UpdateRefund)
    case cancelRefund(EndRefund)
    case expireRefund(EndRefund)
    case createPaymentMethod(CreatePaymentMethod)
    case createCardToken(CreateCardToken)
    case createMerchant(CreateMerchant)
    case webhook(WebhookCommand)
    case payout(PayoutCommand)
    case advanceClock(AdvanceClock)
    case dispute(DisputeCommand)

    /// The closed set of wire names; they are verbs.
    public enum Kind: String, Sendable, CaseIterable {
        case createPayment = "create_payment"
        case updatePayment = "update_payment"
        case confirmPayment = "confirm_payment"
        case capturePayment = "capture_payment"
        case cancelPayment = "cancel_payment"
        case expirePayment = "expire_payment"
        case createRefund = "create_refund"
        case updateRefund = "update_refund"
        case cancelRefund = "cancel_refund"
        case expireRefund = "expire_refund"
        case createPaymentMethod = "create_payment_method"
        case createCardToken = "create_card_token"
        case createMerchant = "create_merchant"
        case createWebhookEndpoint = "create_webhook_endpoint"
        case updateWebhookEndpoint = "update_webhook_endpoint"
        case deleteWebhookEndpoint = "delete_webhook_endpoint"
        case rotateWebhookSecret = "rotate_webhook_secret"
        case replayWebhooks = "replay_webhooks"
        case warnWebhookEndpoint = "warn_webhook_endpoint"
        case disableWebhookEndpoint = "disable_webhook_endpoint"
        case createPayout = "create_payout"
        case updatePayout = "update_payout"
        case cancelPayout = "cancel_payout"
        case updateBalanceSettings = "update_balance_settings"
        case advanceClock = "advance_clock"
        case updateDispute = "update_dispute"
        case closeDispute = "close_dispute"
        case lapseDispute = "lapse_dispute"
        case recordNotice = "record_notice"
    }

    /// Which kind of command it is.
    public var kind: Kind {
        switch self {
        case .createPayment: .createPayment
        case .updatePayment: .updatePayment
        case .confirmPayment: .confirmPayment
        case .capturePayment: .capturePayment
        case .cancelPayment: .cancelPayment
        case .expirePayment: .expirePayment
        case .createRefund: .createRefund
        case .updateRefund: .updateRefund
        case .cancelRefund: .cancelRefund
        case .expireRefund: .expireRefund
        case .createPaymentMethod: .createPaymentMethod
        case .createCardToken: .createCardToken
        case .createMerchant: .createMerchant
        case .webhook(let command): command.kind
        case .payout(let command): command.kind
        case .advanceClock: .advanceClock
        case .dispute(let command): command.kind
        }
    }

    /// The stream that the command works on; two commands with one target never run together.
    public var target: StreamID {
        switch self {
        case .createPayment(let request): .payment(request.paymentID)
        case .updatePayment(let request): .payment(request.paymentID)
        case .confirmPayment(let request): .payment(request.paymentID)
        case .capturePayment(let request): .payment(request.paymentID)
        case .cancelPayment(let request): .payment(request.paymentID)
        case .expirePayment(let request): .payment(request.paymentID)
        case .createRefund(let request): .payment(request.paymentID)
        case .updateRefund(let request): .payment(request.paymentID)
        case .cancelRefund(let request): .payment(request.paymentID)
        case .expireRefund(let request): .payment(request.paymentID)
        case .createPaymentMethod(let request): .paymentMethod(request.method.id)
        case .createCardToken(let request): .cardToken(request.tokenID)
        case .createMerchant(let request): .merchant(request.merchant.id)
        case .webhook(let command): command.target
        case .payout(let command): command.target
        case .advanceClock(let request): .merchant(request.merchantID)
        case .dispute(let command): .payment(command.paymentID)
        }
    }

    /// The streams that must be loaded before the command can be decided, the target first.
    ///
    /// The merchant's own stream is needed too; every command runs for one merchant.
    public var streams: [StreamID] {
        if case .webhook(let command) = self { return command.streams }
        if case .payout(let command) = self { return command.streams }
        var streams = [target]
        switch paymentMethodSource {
        case .existing(let id): streams.append(.paymentMethod(id))
        case .new(let method):
            if target != .paymentMethod(method.id) { streams.append(.paymentMethod(method.id)) }
            if case .token(let id) = method.card { streams.append(.cardToken(id)) }
        case nil: break
        }
        return streams
    }

    /// The payment method that the command names or brings.
    var paymentMethodSource: PaymentMethodSource? {
        switch self {
        case .createPayment(let request): request.paymentMethod
        case .updatePayment(let request): request.paymentMethod
        case .confirmPayment(let request): request.paymentMethod
        case .createPaymentMethod(let request): .new(request.method)
        case .capturePayment, .cancelPayment, .expirePayment, .createRefund, .updateRefund,
            .cancelRefund, .expireRefund,
            .createCardToken, .createMerchant, .webhook, .payout, .advanceClock, .dispute:
            nil
        }
    }

    /// The fields that the answer shows in full.
    public var expand: [String] {
        switch self {
        case .createPayment(let request): request.expand
        case .updatePayment(let request): request.expand
        case .confirmPayment(let request): request.expand
        case .capturePayment(let request): request.expand
        case .cancelPayment(let request): request.expand
        case .createRefund(let request): request.expand
        case .updateRefund(let request): request.expand
        case .cancelRefund(let request): request.expand
        case .expireRefund(let request): request.expand
        case .createPaymentMethod(let request): request.expand
        case .createCardToken(let request): request.expand
        case .expirePayment, .createMerchant, .webhook, .payout, .advanceClock: []
        case .dispute(let command): command.expand
        }
    }
}

extension Command {
    /// The body of the command's row; ``kind`` is stored beside it.
    public var body: JSON {
        switch self {
        case .createPayment(let request): request.document
        case .updatePayment(let request): request.document
        case .confirmPayment(let request): request.document
        case .capturePayment(let request): request.document
        case .cancelPayment(let request): request.document
        case .expirePayment(let request): request.document
        case .createRefund(let request): request.document
        case .updateRefund(let request): request.document
        case .cancelRefund(let request): request.document
        case .expireRefund(let request): request.document
        case .createPaymentMethod(let request): request.document
        case .createCardToken(let request): request.document
        case .createMerchant(let request): request.document
        case .webhook(let command): command.document
        case .payout(let command): command.document
        case .advanceClock(let request): request.document
        case .dispute(let command): command.document
        }
    }

    /// Reads a command from its row.
    public init(kind name: String, body: JSON) throws(DocumentError) {
        guard let kind = Kind(rawValue: name) else { throw .unknownCommand(name) }
        switch kind {
        case .createPayment: self = .createPayment(try .init(document: body))
        case .updatePayment: self = .updatePayment(try .init(document: body))
        case .confirmPayment: self = .confirmPayment(try .init(document: body))
        case .capturePayment: self = .capturePayment(try .init(document: body))
        case .cancelPayment: self = .cancelPayment(try .init(document: body))
        case .expirePayment: self = .expirePayment(try .init(document: body))
        case .createRefund: self = .createRefund(try .init(document: body))
        case .updateRefund: self = .updateRefund(try .init(document: body))
        case .cancelRefund: self = .cancelRefund(try .init(document: body))
        case .expireRefund: self = .expireRefund(try .init(document: body))
        case .createPaymentMethod: self = .createPaymentMethod(try .init(document: body))
        case .createCardToken: self = .createCardToken(try .init(document: body))
        case .createMerchant: self = .createMerchant(try .init(document: body))
        case .createWebhookEndpoint: self = .webhook(try .create(document: body))
        case .updateWebhookEndpoint: self = .webhook(try .update(document: body))
        case .deleteWebhookEndpoint: self = .webhook(try .delete(document: body))
        case .rotateWebhookSecret: self = .webhook(try .rotateSecret(document: body))
        case .replayWebhooks: self = .webhook(try .replay(document: body))
        case .warnWebhookEndpoint: self = .webhook(try .warn(document: body))
        case .disableWebhookEndpoint: self = .webhook(try .disable(document: body))
        case .createPayout: self = .payout(try .create(document: body))
        case .updatePayout: self = .payout(try .update(document: body))
        case .cancelPayout: self = .payout(try .cancel(document: body))
        case .updateBalanceSettings: self = .payout(try .changeSettings(document: body))
        case .advanceClock: self = .advanceClock(try .init(document: body))
        case .updateDispute: self = .dispute(.update(try .init(document: body)))
        case .closeDispute: self = .dispute(.close(try .init(document: body)))
        case .lapseDispute: self = .dispute(.lapse(try .init(document: body)))
        case .recordNotice: self = .dispute(.record(try .init(document: body)))
        }
    }
}
