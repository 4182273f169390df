/// Payouts, and when and where they go.
extension Endpoint {
    private static let destination: [Parameter] = [
        Parameter("account_holder_name", .text(maximumLength: 140)),
        Parameter("account_number", .text(maximumLength: 34), required: true),
        Parameter("routing_number", .text(maximumLength: 35), required: true),
    ]

    private static let schedule: [Parameter] = [
        Parameter("interval", .choice(["daily", "manual"])),
        Parameter("monthly_payout_days", .unsupported("Payouts are daily or manual.")),
        Parameter("weekly_payout_days", .unsupported("Payouts are daily or manual.")),
    ]

    static let payouts: [Endpoint] = [
        .post(
            "/v1/payouts",
            .createPayout,
            .payout,
            "Pays out a part of what is available; for some minutes it can be canceled.",
            [
                Parameter("amount", .amount, required: true),
                Parameter("currency", .currency, required: true),
                Parameter("description", .text(maximumLength: 1_000)),
                Parameter("destination", .text(maximumLength: 64)),
                .metadata,
                Parameter("method", .choice(["standard"])),
                Parameter("payout_method", .unsupported("Payouts go to the bank account.")),
                Parameter("source_type", .choice(["card"])),
                Parameter("statement_descriptor", .text(maximumLength: 22)),
            ]
        ),
        .list(
            "/v1/payouts",
            .listPayouts,
            .payout,
            "Lists payouts, newest first.",
            [
                .created,
                Parameter(
                    "status",
                    .choice(["pending", "in_transit", "paid", "failed", "canceled"])
                ),
            ]
        ),
        .get("/v1/payouts/{payout}", .retrievePayout, .payout, "Shows a payout."),
        .post(
            "/v1/payouts/{payout}",
            .updatePayout,
            .payout,
            "Changes a payout's metadata.",
            [.metadata]
        ),
        .post(
            "/v1/payouts/{payout}/cancel",
            .cancelPayout,
            .payout,
            "Takes a payout back that has not gone to the bank yet."
        ),
        .post(
            "/v1/payouts/{payout}/reverse",
            .reversePayout,
            .payout,
            "Always refused: money that arrived can be taken back by a direct debit only, which the "
                + "bank connection does not have.",
            [.metadata]
        ),
        .list(
            "/v1/payouts/{payout}/transactions",
            .listPayoutTransactions,
            .payoutTransaction,
            "Lists what is inside a payout: together it is the payout's amount."
        ),
        .get(
            "/v1/balance_settings",
            .retrieveBalanceSettings,
            .balanceSettings,
            "Shows when and where the balance is paid out."
        ),
        .post(
            "/v1/balance_settings",
            .updateBalanceSettings,
            .balanceSettings,
            "Changes when and where the balance is paid out.",
            [
                Parameter(
                    "payments",
                    .object([
                        Parameter(
                            "payouts",
                            .object([
                                Parameter("destination", .object(destination)),
                                Parameter("minimum", .integer(0...99_999_999)),
                                Parameter("schedule", .object(schedule)),
                                Parameter(
                                    "statement_descriptor",
                                    .text(maximumLength: 22),
                                    unsettable: true
                                ),
                            ])
                        ),
                        Parameter(
                            "settlement_timing",
                            .object([Parameter("delay_days_override", .integer(0...30))])
                        ),
                    ])
                )
            ]
        ),
    ]
}
