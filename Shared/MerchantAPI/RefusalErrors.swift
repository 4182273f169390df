import JSON
public import Money
public import Payments

/// Turns the rules' refusals into error objects.
extension ResourceRenderer {
    /// The error object of a refusal; the payment, where there is one, goes with it in full.
    public func error(for refusal: Refusal, payment: Payment?) -> APIError {
        switch refusal {
        case .paymentNotFound(let id):
            .noSuch("payment_intent", id.rawValue, parameter: "intent")
        case .paymentMethodNotFound(let id):
            .noSuch("PaymentMethod", id.rawValue, parameter: "payment_method", status: 400)
        case .cardTokenNotFound(let id):
            .noSuch("token", id.rawValue, parameter: "token", status: 400)
        case .chargeNotFound(let id):
            .noSuch("charge", id.rawValue, parameter: "charge", status: 400)
        case .refundNotFound(let id): .noSuch("refund", id.rawValue, parameter: "id")
        case .disputeNotFound(let id): .noSuch("dispute", id.rawValue, parameter: "id")
        case .merchantNotFound(let id): .noSuch("account", id.rawValue, parameter: "account")
        case .webhookEndpointNotFound(let id):
            .noSuch("webhook_endpoint", id.rawValue, parameter: "webhook_endpoint")
        case .payoutNotFound(let id): .noSuch("payout", id.rawValue, parameter: "payout")
        case .bankAccountNotFound(let id):
            .noSuch("external_account", id, parameter: "destination", status: 400)
        case .alreadyExists(let stream):
            .invalid("\(stream) exists already.", code: "resource_already_exists")
        case .unexpectedStatus(let operation, _, let status, let allowed):
            unexpectedState(
                Self.sentence(operation, status: status, allowed: allowed),
                payment: payment
            )
        case .alreadyCaptured:
            unexpectedState(
                "This PaymentIntent could not be captured because it has already been captured.",
                payment: payment
            )
        case .missingPaymentMethod:
            unexpectedState(
                "You cannot confirm this PaymentIntent because it's missing a payment method. "
                    + "You can either update the PaymentIntent with a payment method and then "
                    + "confirm it again, or confirm it again directly with a payment method.",
                payment: payment
            )
        case .cardRefused(let error): Self.refusedCard(error)
        case .cardFailed(_, let chargeID, let error):
            cardError(error, chargeID: chargeID, payment: payment)
        case .captureFailed(_, let chargeID, let error):
            captureError(error, chargeID: chargeID, payment: payment)
        case .amountTooSmall, .amountTooLarge, .amountNotMultiple,
            .captureExceedsAuthorization, .authorizationExpired, .authorizationNotExpired,
            .refundExceedsRemaining,
            .refundNotWaiting, .disputeNotOpen, .disputePastDue, .evidenceTooLong,
            .chargeDisputed, .alreadyRefunded, .partialRefundOfUncaptured, .nothingToRefund,
            .tokenAlreadyUsed,
            .tooManyChanges, .payoutNotCancelable, .balanceInsufficient, .tooManyWebhookKeys,
            .clockGoesBack, .clockGoesTooFar:
            plainError(for: refusal)
        }
    }

    /// Refusals whose answer needs nothing but their own values.
    private func plainError(for refusal: Refusal) -> APIError {
        switch refusal {
        case .amountTooSmall(let least): .amountTooSmall(least: least)
        case .amountTooLarge(let most): .amountTooLarge(most: most)
        case .amountNotMultiple(let step): .amountNotMultiple(of: step)
        case .captureExceedsAuthorization:
            .invalid(
                "The requested capture amount is greater than the amount you can capture for "
                    + "this charge.",
                parameter: "amount_to_capture",
                code: "amount_too_large"
            )
        case .authorizationExpired(let id, _):
            .invalid(
                "Charge \(id) can no longer be captured: its authorization has expired.",
                code: "charge_expired_for_capture"
            )
        case .authorizationNotExpired(let id, _):
            .invalid("The authorization of charge \(id) has not expired yet.")
        case .refundExceedsRemaining(_, let requested, let remaining):
            .invalid(
                "Refund amount (\(requested.symbolic)) is greater than unrefunded amount on "
                    + "charge (\(remaining.symbolic))",
                parameter: "amount",
                code: "amount_too_large"
            )
        case .alreadyRefunded(let id):
            .invalid(
                "Charge \(id) has already been refunded.",
                code: "charge_already_refunded"
            )
        case .refundNotWaiting(let id, let status):
            .invalid(
                status == .pending
                    ? "Refund \(id) cannot be taken back: the card network has it already."
                    : "Refund \(id) cannot be taken back: its status is \(status.rawValue).",
                code: "refund_not_cancelable"
            )
        case .disputeNotOpen(let id):
            .invalid(
                "Dispute \(id) takes no answer any more: evidence was submitted, or it is closed.",
                code: "dispute_not_open"
            )
        case .disputePastDue(let id, let dueBy):
            .invalid(
                "The evidence of dispute \(id) was due by \(dueBy.secondsSinceEpoch).",
                code: "dispute_past_due"
            )
        case .evidenceTooLong:
            .invalid(
                "Evidence has \(Dispute.maximumEvidenceCharacters) characters at most, all fields "
                    + "together.",
                parameter: "evidence"
            )
        case .chargeDisputed(let id):
            .invalid(
                "Charge \(id) has been charged back; cannot issue a refund.",
                code: "charge_disputed"
            )
        case .partialRefundOfUncaptured:
            .invalid(
                "You cannot partially refund an uncaptured charge. Instead, capture the charge "
                    + "for an amount less than the original amount",
                parameter: "amount"
            )
        case .nothingToRefund(let id):
            .invalid(
                "This PaymentIntent (\(id)) does not have a successful charge to refund.",
                parameter: "payment_intent",
                code: "charge_not_refundable"
            )
        case .tokenAlreadyUsed(let id):
            .invalid(
                "You cannot use a Stripe token more than once: \(id).",
                code: "token_already_used"
            )
        case .payoutNotCancelable(let id, let status):
            .invalid(
                "Payout \(id) cannot be canceled: its status is \(status.rawValue). Only a pending "
                    + "payout can be.",
                code: "payout_not_cancelable"
            )
        case .balanceInsufficient(let amount):
            .invalid(
                "You have insufficient funds in your account for a payout of \(amount.symbolic). "
                    + "Only what is available can be paid out.",
                parameter: "amount",
                code: "balance_insufficient"
            )
        case .tooManyWebhookKeys:
            .invalid(
                "The endpoint has \(WebhookEndpoint.maximumLiveKeys) live secrets already. Wait "
                    + "until one of them expires, or rotate with a grace period of 0."
            )
        case .clockGoesBack(let goal, let now):
            .invalid(
                "A clock only moves forward: it is \(now.secondsSinceEpoch) already, "
                    + "which is after \(goal.secondsSinceEpoch).",
                parameter: "frozen_time"
            )
        case .clockGoesTooFar:
            .invalid(
                "A clock moves \(AdvanceClock.maximumSeconds / 86_400) days at most at once.",
                parameter: "frozen_time"
            )
        case .tooManyChanges(let stream):
            .invalid("\(stream) cannot be changed any more: it has too many events.")
        case .paymentNotFound, .paymentMethodNotFound, .cardTokenNotFound, .chargeNotFound,
            .refundNotFound, .disputeNotFound, .merchantNotFound, .alreadyExists, .unexpectedStatus,
            .alreadyCaptured, .missingPaymentMethod, .cardRefused, .cardFailed, .captureFailed,
            .webhookEndpointNotFound, .payoutNotFound, .bankAccountNotFound:
            .unexpected
        }
    }

    private func unexpectedState(_ message: String, payment: Payment?) -> APIError {
        var error = APIError.invalid(message, code: "payment_intent_unexpected_state")
        error.paymentIntent = payment.map { paymentIntent($0) }
        return error
    }

    /// Card data that cannot be a card's: there is no charge, because nothing was tried.
    private static func refusedCard(_ error: PaymentError) -> APIError {
        var result = APIError(
            status: 402,
            kind: .cardError,
            code: error.code,
            message: error.message,
            parameter: error.parameter
        )
        result.declineCode = error.declineCode
        return result
    }

    private func cardError(
        _ error: PaymentError,
        chargeID: ChargeID,
        payment: Payment?
    ) -> APIError {
        var result = APIError(
            status: 402,
            kind: .cardError,
            code: error.code,
            message: error.message,
            parameter: error.parameter
        )
        result.declineCode = error.declineCode
        result.adviceCode = error.adviceCode
        result.networkDeclineCode = error.networkDeclineCode
        result.charge = chargeID.rawValue
        result.paymentIntent = payment.map { paymentIntent($0) }
        result.paymentMethod = payment?.attempt(chargeID)
            .map { paymentMethod($0.start.paymentMethod) }
        return result
    }

    private func captureError(
        _ error: PaymentError,
        chargeID: ChargeID,
        payment: Payment?
    ) -> APIError {
        var result = APIError.invalid(error.message, code: error.code)
        result.charge = chargeID.rawValue
        result.paymentIntent = payment.map { paymentIntent($0) }
        return result
    }

    private static func sentence(
        _ operation: PaymentOperation,
        status: PaymentStatus,
        allowed: [PaymentStatus]
    ) -> String {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        let participle =
            switch operation {
            case .update: "updated"
            case .confirm: "confirmed"
            case .capture: "captured"
            case .cancel: "canceled"
            case .refund: "refunded"
            }
        if operation == .confirm, status == .succeeded {
            return "You cannot confirm this PaymentIntent because it has already succeeded after "
                + "being previously confirmed."
        }
        let opening =
            operation == .cancel
            ? "You cannot cancel this PaymentIntent"
            : "This PaymentIntent could not be \(participle)"
        return "\(opening) because it has a status of \(status.rawValue). Only a PaymentIntent "
            + "with one of the following statuses may be \(participle): \(names)."
    }
}

extension APIError {
    /// An amount below the least that a currency allows.
    public static func amountTooSmall(least: Money, parameter: String = "amount") -> APIError {
        .invalid(
            "Amount must be at least \(least.symbolic) \(least.currency.code)",
            parameter: parameter,
            code: "amount_too_small"
        )
    }

    /// An amount that is not a multiple of what its currency goes in.
    public static func amountNotMultiple(of step: Money) -> APIError {
        .invalid(
            "Amounts in \(step.currency.code) must be a multiple of \(step.minorUnits): card "
                + "networks carry only two of its decimals.",
            parameter: "amount",
            code: "parameter_invalid_integer"
        )
    }

    /// An amount above the most that a payment can be.
    public static func amountTooLarge(most: Money, parameter: String = "amount") -> APIError {
        .invalid(
            "Amount must be no more than \(most.symbolic) \(most.currency.code)",
            parameter: parameter,
            code: "amount_too_large"
        )
    }
}

extension Money {
    /// The amount with its currency's sign, `$0.50`; without one where there is no sign.
    var symbolic: String { (Self.signs[currency.code] ?? "") + decimalString }

    private static let signs = [
        "aud": "A$", "brl": "R$", "cad": "C$", "cny": "¥", "eur": "€", "gbp": "£", "hkd": "HK$",
        "inr": "₹", "jpy": "¥", "krw": "₩", "mxn": "MX$", "nzd": "NZ$", "sgd": "S$", "usd": "$",
    ]
}
