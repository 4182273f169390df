/// Charges, refunds, payment methods and tokens.
extension Endpoint {
    static let charges: [Endpoint] = [
        .list(
            "/v1/charges",
            .listCharges,
            .charge,
            "Lists charges, newest first.",
            [
                .created, Parameter("payment_intent", .reference(.paymentIntent)),
                Parameter("transfer_group", .ignored),
            ] + Parameter.customers
        ),
        .get(
            "/v1/charges/{charge}",
            .retrieveCharge,
            .charge,
            "Shows a charge: one attempt to charge a payment's card."
        ),
        .list(
            "/v1/charges/{charge}/refunds",
            .listRefundsOfCharge,
            .refund,
            "Lists the refunds of a charge, newest first.",
            [.created]
        ),
        .post(
            "/v1/refunds",
            .createRefund,
            .refund,
            "Gives captured money back, all of it or a part.",
            [
                Parameter("amount", .amount),
                Parameter("charge", .reference(.charge)),
                Parameter("payment_intent", .reference(.paymentIntent)),
                Parameter(
                    "reason",
                    .choice(["duplicate", "fraudulent", "requested_by_customer"])
                ),
                Parameter("currency", .currency),
                .metadata,
                Parameter(
                    "reverse_transfer",
                    .unsupported("Transfers are not served here.")
                ),
                Parameter(
                    "refund_application_fee",
                    .unsupported("Application fees are not served here.")
                ),
                Parameter("origin", .unsupported("Customer balances are not served here.")),
            ] + Parameter.customers + Parameter.hints("instructions_email")
        ),
        .list(
            "/v1/refunds",
            .listRefunds,
            .refund,
            "Lists refunds, newest first.",
            [
                .created, Parameter("charge", .reference(.charge)),
                Parameter("payment_intent", .reference(.paymentIntent)),
            ]
        ),
        .get("/v1/refunds/{refund}", .retrieveRefund, .refund, "Shows a refund."),
        .post(
            "/v1/refunds/{refund}",
            .updateRefund,
            .refund,
            "Changes a refund's metadata.",
            [.metadata]
        ),
        .post(
            "/v1/refunds/{refund}/cancel",
            .cancelRefund,
            .refund,
            "Takes a refund back that waits for the merchant's balance to recover."
        ),
        .post(
            "/v1/test_helpers/refunds/{refund}/expire",
            .expireRefund,
            .refund,
            "Ends a refund that waits for money as if its time were over."
        ),
    ]

    static let cards: [Endpoint] = [
        .post(
            "/v1/payment_methods",
            .createPaymentMethod,
            .paymentMethod,
            "Stores a card; its number goes to the card network's vault and nowhere else.",
            access: .anyKey,
            [
                Parameter("type", .choice(["card"]), required: true),
                .card, .billingDetails, .metadata, .allowRedisplay,
                Parameter("payment_method", .unsupported("Cloning is not served here.")),
            ] + Parameter.customers + Parameter.hints("radar_options") + Parameter.otherMethods
        ),
        .get(
            "/v1/payment_methods/{payment_method}",
            .retrievePaymentMethod,
            .paymentMethod,
            "Shows a payment method."
        ),
        .post(
            "/v1/tokens",
            .createToken,
            .token,
            "Makes a single-use token of a card; its number goes to the vault and nowhere else.",
            access: .anyKey,
            [tokenCard] + Parameter.customers
                + ["account", "bank_account", "cvc_update", "person", "pii"].map {
                    Parameter($0, .unsupported("Only cards become tokens here, not '\($0)'."))
                }
        ),
        .get(
            "/v1/tokens/{token}",
            .retrieveToken,
            .token,
            "Shows a token.",
            access: .anyKey
        ),
    ]

    private static let tokenCard = Parameter(
        "card",
        .object(
            ["number", "exp_month", "exp_year", "cvc"].map { Parameter($0, .cardData) }
                + [
                    "name", "address_line1", "address_line2", "address_city", "address_state",
                    "address_zip", "address_country",
                ].map {
                    Parameter(
                        $0,
                        .text(maximumLength: Parameter.longestText),
                        unsettable: true
                    )
                } + Parameter.hints("currency", "networks")
        ),
        required: true
    )
}
