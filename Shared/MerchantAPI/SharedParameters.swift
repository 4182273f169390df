/// Parameters that several endpoints share.
extension Parameter {
    /// The longest free text.
    static let longestText = 5_000

    static let expand = Parameter("expand", .list(.text(maximumLength: 200), maximumCount: 50))
    static let metadata = Parameter("metadata", .metadata, unsettable: true)
    static let created = Parameter("created", .timeFilter)
    static let description = Parameter(
        "description",
        .text(maximumLength: 1_000),
        unsettable: true
    )
    static let receiptEmail = Parameter(
        "receipt_email",
        .text(maximumLength: 800),
        unsettable: true
    )
    static let statementDescriptor = Parameter(
        "statement_descriptor",
        .text(maximumLength: 22),
        unsettable: true
    )
    static let statementDescriptorSuffix = Parameter(
        "statement_descriptor_suffix",
        .text(maximumLength: 22),
        unsettable: true
    )

    /// A page of a list, newest first.
    static let page: [Parameter] = [
        Parameter("limit", .integer(1...100)),
        Parameter("starting_after", .text(maximumLength: 255)),
        Parameter("ending_before", .text(maximumLength: 255)),
    ]

    static let address = Parameter(
        "address",
        .object(
            ["city", "country", "line1", "line2", "postal_code", "state"].map {
                Parameter($0, .text(maximumLength: longestText), unsettable: true)
            }
        ),
        unsettable: true
    )

    static let billingDetails = Parameter(
        "billing_details",
        .object(
            [address]
                + ["email", "name", "phone", "tax_id"].map {
                    Parameter($0, .text(maximumLength: longestText), unsettable: true)
                }
        ),
        unsettable: true
    )

    static let shipping = Parameter(
        "shipping",
        .object(
            [
                Parameter("address", address.type, required: true),
                Parameter("name", .text(maximumLength: longestText), required: true),
            ]
                + ["carrier", "phone", "tracking_number"].map {
                    Parameter($0, .text(maximumLength: longestText), unsettable: true)
                }
        ),
        unsettable: true
    )

    /// A card in clear, or a token that holds one; the only place where a card number may stand.
    static let card = Parameter(
        "card",
        .object([
            Parameter("number", .cardData),
            Parameter("exp_month", .cardData),
            Parameter("exp_year", .cardData),
            Parameter("cvc", .cardData),
            Parameter("token", .reference(.token)),
            Parameter("networks", .ignored),
        ])
    )

    /// The ways to pay that are not served.
    static let otherMethods: [Parameter] = [
        "acss_debit", "affirm", "afterpay_clearpay", "alipay", "amazon_pay", "bacs_debit",
        "bancontact", "blik", "boleto", "cashapp", "customer_balance", "eps", "fpx", "giropay",
        "grabpay", "ideal", "klarna", "konbini", "link", "mobilepay", "multibanco", "oxxo", "p24",
        "pay_by_bank", "paynow", "paypal", "pix", "promptpay", "revolut_pay", "sepa_debit",
        "sofort", "swish", "twint", "upi", "us_bank_account", "wechat_pay", "zip",
    ].map { Parameter($0, .unsupported("Only cards are accepted here, not '\($0)'.")) }

    static let paymentMethodData = Parameter(
        "payment_method_data",
        .object(
            [
                Parameter("type", .choice(["card"]), required: true),
                card, billingDetails, metadata, allowRedisplay,
                Parameter("radar_options", .ignored),
            ] + otherMethods
        )
    )

    static let allowRedisplay = Parameter(
        "allow_redisplay",
        .choice(["always", "limited", "unspecified"])
    )

    /// What Stripe's API has for marketplaces, and this gateway has not.
    static let marketplace: [Parameter] = [
        "application_fee_amount", "on_behalf_of", "transfer_data", "transfer_group",
    ].map {
        Parameter(
            $0,
            .unsupported("Payments on behalf of other accounts are not served here ('\($0)')."),
            unsettable: true
        )
    }

    /// Customers are not served yet, so no customer's identifier exists.
    static let customers: [Parameter] = [
        Parameter("customer", .absentReference(kind: "customer"), unsettable: true),
        Parameter("customer_account", .absentReference(kind: "customer_account"), unsettable: true),
    ]

    /// Hints for parts of Stripe's product that have no counterpart; they change no money.
    static func hints(_ names: String...) -> [Parameter] {
        names.map { Parameter($0, .ignored) }
    }

    static let captureMethod = Parameter(
        "capture_method",
        .choice(["automatic", "automatic_async", "manual"])
    )

    static let setupFutureUsage = Parameter(
        "setup_future_usage",
        .choice(["off_session", "on_session", "none"]),
        unsettable: true
    )

    static let paymentMethodTypes = Parameter(
        "payment_method_types",
        .list(.choice(["card"]), maximumCount: 10)
    )

    static let paymentMethodOptions = Parameter(
        "payment_method_options",
        .object(
            [
                Parameter(
                    "card",
                    .object([
                        captureMethod,
                        Parameter("request_three_d_secure", .choice(requestWords)),
                        Parameter("setup_future_usage", setupFutureUsage.type, unsettable: true),
                        Parameter("require_cvc_recollection", .boolean),
                        Parameter("moto", .boolean),
                        Parameter("network", .ignored),
                        Parameter("installments", .ignored),
                        Parameter("mandate_options", .ignored),
                        Parameter("three_d_secure", .ignored),
                        Parameter("request_extended_authorization", .ignored),
                        Parameter("request_incremental_authorization", .ignored),
                        Parameter("request_multicapture", .ignored),
                        Parameter("request_overcapture", .ignored),
                        Parameter("statement_descriptor_suffix_kana", .ignored),
                        Parameter("statement_descriptor_suffix_kanji", .ignored),
                    ]),
                    unsettable: true
                )
            ]
                + otherMethods.map { Parameter($0.name, .ignored) }
        ),
        unsettable: true
    )

    private static let requestWords = ["any", "automatic", "challenge"]
}
