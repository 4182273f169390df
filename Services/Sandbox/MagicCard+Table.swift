import Payments

extension MagicCard {
    /// All test cards that this network knows; any other number is refused by the vault.
    static let table: [MagicCard] =
        brands + countries + declines + risks + checks + authentications + refunds
        + disputes

    private static let brands: [MagicCard] = [
        MagicCard("4242424242424242", .visa, ["visa", "us"]),
        MagicCard("4000056655665556", .visa, ["visa_debit"], funding: .debit),
        MagicCard("5555555555554444", .mastercard, ["mastercard"]),
        MagicCard("2223003122003222", .mastercard),
        MagicCard("5200828282828210", .mastercard, ["mastercard_debit"], funding: .debit),
        MagicCard("5105105105105100", .mastercard, ["mastercard_prepaid"], funding: .prepaid),
        MagicCard("378282246310005", .amex, ["amex_threeDSecureNotSupported"]),
        MagicCard("371449635398431", .amex, ["amex"]),
        MagicCard("6011111111111117", .discover, ["discover"]),
        MagicCard("6011000990139424", .discover),
        MagicCard("6011981111111113", .discover, ["discover_debit"], funding: .debit),
        MagicCard("3056930009020004", .diners, ["diners"]),
        MagicCard("36227206271667", .diners),
        MagicCard("3566002020360505", .jcb, ["jcb"], country: "JP"),
        MagicCard("6200000000000005", .unionpay, ["unionpay"], country: "CN"),
    ]

    private static let countries: [MagicCard] = [
        MagicCard("4000000760000002", .visa, ["br"], country: "BR"),
        MagicCard("4000001240000000", .visa, ["ca"], country: "CA"),
        MagicCard("4000004840008001", .visa, ["mx"], country: "MX"),
        MagicCard("4000008260000000", .visa, ["gb"], country: "GB"),
        MagicCard("4000002500000003", .visa, ["fr"], country: "FR"),
        MagicCard("4000002760000016", .visa, ["de"], country: "DE"),
        MagicCard("4000003920000003", .visa, ["jp"], country: "JP"),
        MagicCard("4000000360000006", .visa, ["au"], country: "AU"),
        MagicCard("4000003440000004", .visa, ["hk"], country: "HK"),
        MagicCard("4000007020000003", .visa, ["sg"], country: "SG"),
        MagicCard("4000003560000008", .visa, ["in"], country: "IN"),
    ]

    private static let declines: [MagicCard] = [
        declining("4000000000000002", "chargeDeclined", "generic_decline"),
        declining("4000000000009995", "chargeDeclinedInsufficientFunds", "insufficient_funds"),
        declining("4000000000009987", "chargeDeclinedLostCard", "lost_card"),
        declining("4000000000009979", "chargeDeclinedStolenCard", "stolen_card"),
        declining(
            "4000000000006975",
            "chargeDeclinedVelocityLimitExceeded",
            "card_velocity_exceeded"
        ),
        declining("4000000000000069", "chargeDeclinedExpiredCard", "expired_card"),
        declining("4000000000000127", "chargeDeclinedIncorrectCvc", "incorrect_cvc"),
        declining("4000000000000119", "chargeDeclinedProcessingError", "processing_error"),
        declining("4000000000000341", "chargeCustomerFail", "generic_decline"),
    ]

    private static let risks: [MagicCard] = [
        MagicCard("4100000000000019", .visa, ["radarBlock"], risk: .highest),
        MagicCard("4000000000004954", .visa, ["riskLevelHighest"], risk: .highest),
        MagicCard("4000000000009235", .visa, ["riskLevelElevated"], risk: .elevated),
    ]

    private static let checks: [MagicCard] = [
        MagicCard("4000000000000101", .visa, ["cvcCheckFail"], cvcCheck: .fail),
        MagicCard("4000000000000036", .visa, ["avsZipFail"], postalCodeCheck: .fail),
        MagicCard("4000000000000028", .visa, ["avsLine1Fail"], addressLine1Check: .fail),
        MagicCard(
            "4000000000000010",
            .visa,
            ["avsFail"],
            addressLine1Check: .fail,
            postalCodeCheck: .fail
        ),
        MagicCard(
            "4000000000000044",
            .visa,
            ["avsUnchecked"],
            addressLine1Check: .unchecked,
            postalCodeCheck: .unchecked
        ),
    ]

    /// Cards whose issuers want the cardholder authenticated, which a message cannot do.
    private static let authentications: [MagicCard] = [
        authenticating("4000002500003155", ["authenticationRequiredOnSetup"]),
        authenticating("4000002760003184", ["authenticationRequired"]),
        MagicCard("4000003800000446", .visa, ["authenticationRequiredSetupForOffSession"]),
        authenticating(
            "4000008260003178",
            ["authenticationRequiredChargeDeclinedInsufficientFunds"]
        ),
        authenticating("4000000000003220", ["threeDSecure2Required", "threeDSecureRequired"]),
        authenticating("4000008400001629", ["threeDSecureRequiredChargeDeclined"]),
        authenticating("4000008400001280", ["threeDSecureRequiredProcessingError"]),
        MagicCard("4000000000003055", .visa, ["threeDSecureOptional"]),
    ]

    private static let refunds: [MagicCard] = [
        MagicCard("4000000000007726", .visa, ["pendingRefund"], behavior: .refundsLate),
        MagicCard("4000000000005126", .visa, ["refundFail"], behavior: .failsRefunds),
    ]

    private static let disputes: [MagicCard] = [
        MagicCard("4000000000000259", .visa, ["createDispute"], behavior: .disputes(.fraudulent)),
        MagicCard(
            "4000000000002685",
            .visa,
            ["createDisputeProductNotReceived"],
            behavior: .disputes(.productNotReceived)
        ),
        MagicCard(
            "4000000000001976",
            .visa,
            ["createDisputeInquiry"],
            behavior: .disputes(.inquiry)
        ),
        MagicCard(
            "4000000000005423",
            .visa,
            ["createIssuerFraudRecord"],
            behavior: .disputes(.fraudReport)
        ),
        MagicCard(
            "4000000404000079",
            .visa,
            ["createMultipleDisputes"],
            behavior: .disputes(.several)
        ),
    ]

    private static func declining(
        _ number: String,
        _ name: String,
        _ declineCode: String
    ) -> MagicCard {
        MagicCard(number, .visa, [name, "visa_\(name)"], behavior: .declines(declineCode))
    }

    private static func authenticating(_ number: String, _ names: [String]) -> MagicCard {
        MagicCard(number, .visa, names, behavior: .declines("authentication_required"))
    }
}
