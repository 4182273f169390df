public import JSON
import Money
public import Payments

/// Renders payments as payment intents.
extension ResourceRenderer {
    /// A payment intent; `shownAs` stands in for its status while an outcome is awaited.
    public func paymentIntent(
        _ payment: Payment,
        expand: Expansion = .none,
        shownAs status: PaymentStatus? = nil
    ) -> JSON {
        let fields =
            identity(payment, status ?? payment.status) + references(payment, expand: expand)
            + ResourceRenderer.neverSet + lifecycle(payment)
        return versioned(.object(fields), .paymentIntent, of: payment)
    }

    private func identity(_ payment: Payment, _ status: PaymentStatus) -> [JSON.Member] {
        let details = payment.details
        return members([
            "id": .string(payment.id.rawValue),
            "object": "payment_intent",
            "amount": .integer(payment.amount.minorUnits),
            "amount_capturable": .integer(payment.capturableMinorUnits),
            "amount_details": ["tip": [:]],
            "amount_received": .integer(payment.capturedMinorUnits),
            "automatic_payment_methods": shown(
                "automatic_payment_methods",
                of: payment,
                default: .null
            ),
            "canceled_at": .moment(payment.cancellation?.canceledAt),
            "cancellation_reason": .text(payment.cancellation?.reason?.rawValue),
            "capture_method": .string(payment.captureMethod.rawValue),
            "client_secret": .string(payment.clientSecret),
            "confirmation_method": shown(
                "confirmation_method",
                of: payment,
                default: "automatic"
            ),
            "created": .moment(payment.createdAt),
            "currency": .string(payment.amount.currency.code),
            "description": .text(details.description),
            "last_payment_error": lastError(of: payment),
            "livemode": .bool(payment.livemode),
            "metadata": details.metadata.document,
            "payment_method_options": shown("payment_method_options", of: payment, default: [:]),
            "payment_method_types": shown(
                "payment_method_types",
                of: payment,
                default: ["card"]
            ),
            "receipt_email": .text(details.receiptEmail),
            "setup_future_usage": .text(details.setupFutureUsage),
            "shipping": Shipping.rendered(details.shipping),
            "statement_descriptor": .text(details.statementDescriptor),
            "statement_descriptor_suffix": .text(details.statementDescriptorSuffix),
            "status": .string(status.rawValue),
        ])
    }

    private func references(_ payment: Payment, expand: Expansion) -> [JSON.Member] {
        var charge = JSON.null
        if let attempt = payment.latestAttempt {
            charge =
                expand["latest_charge"].map { self.charge(attempt, of: payment, expand: $0) }
                ?? .string(attempt.id.rawValue)
        }
        var method = JSON.null
        if let paymentMethod = payment.paymentMethod {
            method =
                expand["payment_method"].map { self.paymentMethod(paymentMethod, expand: $0) }
                ?? .string(paymentMethod.id.rawValue)
        }
        return members(["latest_charge": charge, "payment_method": method])
    }

    /// Fields of the API that belong to parts of it that are not served.
    private static let neverSet: [JSON.Member] = [
        "allowed_payment_method_types", "application", "application_fee_amount", "customer",
        "customer_account", "excluded_payment_method_types", "hooks", "managed_payments",
        "next_action", "on_behalf_of", "payment_details", "payment_method_configuration_details",
        "payment_record", "presentment_details", "processing", "review", "source",
        "transfer_data", "transfer_group",
    ].map { JSON.Member(key: $0, value: .null) }

    /// Our strict state and how the payment came to it.
    func lifecycle(_ payment: Payment) -> [JSON.Member] {
        let steps: [JSON] = payment.wholeLifecycle.map { entry in
            [
                "state": .string(entry.state.rawValue),
                "at": .moment(entry.at),
                "event": .string(entry.eventType),
            ]
        }
        let state = payment.wholeLifecycle.last?.state ?? payment.state
        return members([
            "lifecycle_state": .string(state.rawValue),
            "lifecycle": .array(steps),
        ])
    }

    /// A field that the merchant chose and that nothing is decided by.
    private func shown(_ key: String, of payment: Payment, default value: JSON) -> JSON {
        payment.details.presentation[key] ?? value
    }

    private func lastError(of payment: Payment) -> JSON {
        guard let attempt = payment.lastFailedAttempt, let failure = attempt.failure else {
            return .null
        }
        let error = failure.error
        return [
            "advice_code": .text(error.adviceCode),
            "charge": .string(attempt.id.rawValue),
            "code": .string(error.code),
            "decline_code": .text(error.declineCode),
            "message": .string(error.message),
            "network_advice_code": .null,
            "network_decline_code": .text(error.networkDeclineCode),
            "param": .text(error.parameter),
            "payment_method": paymentMethod(attempt.start.paymentMethod),
            "type": "card_error",
        ]
    }
}

/// The members of an object literal, in its order.
func members(_ object: JSON) -> [JSON.Member] { object.asObject ?? [] }

/// Where goods go, with every field of the API's shape; null when none was given.
enum Shipping {
    static func rendered(_ given: JSON?) -> JSON {
        guard let given, given != .null else { return .null }
        return [
            "address": given.member("address").shaped(BillingDetails.addressKeys),
            "carrier": given.member("carrier"),
            "name": given.member("name"),
            "phone": given.member("phone"),
            "tracking_number": given.member("tracking_number"),
        ]
    }
}
