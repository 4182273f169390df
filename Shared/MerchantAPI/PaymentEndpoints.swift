import Payments

/// Payment intents and demo merchants.
extension Endpoint {
    static let payments: [Endpoint] = [
        .post(
            "/v1/demo/merchants",
            .createDemoMerchant,
            .demoMerchant,
            "Makes a test merchant with keys of its own; nothing else can be seen with them.",
            access: .open,
            demoMerchant
        ),
        .post(
            "/v1/payment_intents",
            .createPaymentIntent,
            .paymentIntent,
            "Asks for a payment, and with confirm=true charges the card at once.",
            creation
        ),
        .list(
            "/v1/payment_intents",
            .listPaymentIntents,
            .paymentIntent,
            "Lists payment intents, newest first.",
            [.created] + Parameter.customers
        ),
        .get(
            "/v1/payment_intents/{intent}",
            .retrievePaymentIntent,
            .paymentIntent,
            "Shows a payment intent.",
            access: .clientSecret,
            [clientSecret]
        ),
        .post(
            "/v1/payment_intents/{intent}",
            .updatePaymentIntent,
            .paymentIntent,
            "Changes a payment intent: its description at any time, the rest until it is confirmed.",
            update
        ),
        .post(
            "/v1/payment_intents/{intent}/confirm",
            .confirmPaymentIntent,
            .paymentIntent,
            "Charges the card; after a decline, the same or another card may be tried.",
            access: .clientSecret,
            confirmation
        ),
        .post(
            "/v1/payment_intents/{intent}/capture",
            .capturePaymentIntent,
            .paymentIntent,
            "Takes the money that an authorization holds, or a part; what is left is let go.",
            capture
        ),
        .post(
            "/v1/payment_intents/{intent}/cancel",
            .cancelPaymentIntent,
            .paymentIntent,
            "Ends a payment that has taken no money; an authorization is voided.",
            [
                Parameter(
                    "cancellation_reason",
                    .choice(["duplicate", "fraudulent", "requested_by_customer", "abandoned"])
                )
            ]
        ),
    ]

    private static let clientSecret = Parameter("client_secret", .text(maximumLength: 255))
    private static let paymentMethod = Parameter("payment_method", .reference(.paymentMethod))

    private static let demoMerchant: [Parameter] = [
        Parameter("secret_key", .text(maximumLength: 255)),
        Parameter("country", .text(maximumLength: 2)),
        Parameter("default_currency", .currency),
        Parameter("fee_bps", .integer(0...10_000)),
        Parameter("fee_fixed", .integer(0...99_999_999)),
        Parameter("dispute_fee", .integer(0...99_999_999)),
        Parameter("dispute_fee_on_win", .choice(RefundFeePolicy.allCases.map(\.rawValue))),
        Parameter("refund_fee", .choice(RefundFeePolicy.allCases.map(\.rawValue))),
        Parameter("payout_schedule", .object([Parameter("delay_days", .integer(0...30))])),
    ]

    private static let automaticMethods = Parameter(
        "automatic_payment_methods",
        .object([
            Parameter("enabled", .boolean, required: true),
            Parameter("allow_redirects", .choice(["always", "never"])),
        ])
    )

    private static let confirmationToken = Parameter(
        "confirmation_token",
        .absentReference(kind: "confirmation_token")
    )

    private static let creation: [Parameter] =
        [
            Parameter("amount", .amount, required: true),
            Parameter("currency", .currency, required: true),
            automaticMethods, .captureMethod, confirmationToken,
            Parameter("confirm", .boolean),
            Parameter("confirmation_method", .choice(["automatic", "manual"])),
            .description,
            Parameter("error_on_requires_action", .boolean),
            .metadata,
            Parameter("off_session", .boolean),
            paymentMethod, .paymentMethodData, .paymentMethodOptions, .paymentMethodTypes,
            .receiptEmail, .setupFutureUsage, .shipping, .statementDescriptor,
            .statementDescriptorSuffix,
        ] + Parameter.customers + Parameter.marketplace
        + Parameter.hints(
            "allowed_payment_method_types",
            "amount_details",
            "excluded_payment_method_types",
            "hooks",
            "mandate",
            "mandate_data",
            "payment_details",
            "payment_method_configuration",
            "radar_options",
            "return_url",
            "use_stripe_sdk"
        )

    private static let update: [Parameter] =
        [
            Parameter("amount", .amount),
            Parameter("currency", .currency),
            .captureMethod, .description, .metadata, paymentMethod, .paymentMethodData,
            .paymentMethodOptions, .paymentMethodTypes, .receiptEmail, .setupFutureUsage,
            .shipping, .statementDescriptor, .statementDescriptorSuffix,
        ] + Parameter.customers + Parameter.marketplace
        + Parameter.hints(
            "allowed_payment_method_types",
            "amount_details",
            "excluded_payment_method_types",
            "hooks",
            "payment_details",
            "payment_method_configuration"
        )

    private static let confirmation: [Parameter] =
        [
            .captureMethod, clientSecret, confirmationToken,
            Parameter("error_on_requires_action", .boolean),
            Parameter("off_session", .boolean),
            paymentMethod, .paymentMethodData, .paymentMethodOptions, .paymentMethodTypes,
            .receiptEmail, .setupFutureUsage, .shipping,
            Parameter(
                "amount_to_confirm",
                .unsupported("A payment is confirmed for its whole amount here.")
            ),
        ]
        + Parameter.hints(
            "allowed_payment_method_types",
            "amount_details",
            "excluded_payment_method_types",
            "hooks",
            "mandate",
            "mandate_data",
            "payment_details",
            "radar_options",
            "return_url",
            "use_stripe_sdk"
        )

    private static let capture: [Parameter] =
        [
            Parameter("amount_to_capture", .amount),
            Parameter("final_capture", .boolean),
            .metadata, .statementDescriptor, .statementDescriptorSuffix,
        ] + Parameter.marketplace
        + Parameter.hints("amount_details", "hooks", "payment_details")
}
