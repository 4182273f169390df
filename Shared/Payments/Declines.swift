/// One row of the table that turns a network's response code into words for merchants.
public struct DeclineReason: Sendable, Equatable {
    /// The response code (field 39).
    public let responseCode: String
    /// Stripe's error code.
    public let code: String
    /// Stripe's decline code.
    public let declineCode: String
    /// A sentence that can be shown to the customer.
    public let message: String
    /// The card field at fault.
    public let parameter: String?
    /// What to do next.
    public let adviceCode: String?

    /// The error that a merchant is told.
    public var error: PaymentError {
        PaymentError(
            code: code,
            declineCode: declineCode,
            message: message,
            parameter: parameter,
            adviceCode: adviceCode,
            networkDeclineCode: responseCode
        )
    }

    /// The reason behind a response code; codes outside the table decline without a reason.
    public static func of(responseCode: String) -> DeclineReason {
        table.first { $0.responseCode == responseCode }
            ?? declined(responseCode, "generic_decline")
    }

    /// The whole table, as data; the network's simulator answers from the same rows.
    ///
    /// Lost, stolen and suspected cards read like any decline: the cardholder must not learn which.
    public static let table: [DeclineReason] = [
        declined("01", "call_issuer"),
        declined("04", "pickup_card", advice: doNotTryAgain),
        declined("05", "generic_decline"),
        declined("12", "transaction_not_allowed"),
        declined("13", "invalid_amount"),
        DeclineReason(
            responseCode: "14",
            code: "incorrect_number",
            declineCode: "incorrect_number",
            message: "Your card number is incorrect.",
            parameter: "number",
            adviceCode: confirmCardData
        ),
        declined("41", "lost_card", advice: doNotTryAgain),
        declined("43", "stolen_card", advice: doNotTryAgain),
        declined("46", "invalid_account", advice: doNotTryAgain),
        declined(
            "51",
            "insufficient_funds",
            message: "Your card has insufficient funds.",
            advice: tryAgainLater
        ),
        DeclineReason(
            responseCode: "54",
            code: "expired_card",
            declineCode: "expired_card",
            message: "Your card has expired.",
            parameter: "exp_month",
            adviceCode: confirmCardData
        ),
        declined("57", "transaction_not_allowed"),
        declined("59", "fraudulent", advice: doNotTryAgain),
        declined("61", "withdrawal_count_limit_exceeded", advice: tryAgainLater),
        declined("62", "restricted_card"),
        declined("63", "security_violation"),
        declined(
            "65",
            "card_velocity_exceeded",
            message: "Your card was declined for making repeated attempts too frequently"
                + " or exceeding its amount limit.",
            advice: tryAgainLater
        ),
        declined("85", "no_action_taken"),
        declined("91", "issuer_not_available", advice: tryAgainLater),
        declined("94", "duplicate_transaction"),
        DeclineReason(
            responseCode: "96",
            code: "processing_error",
            declineCode: "processing_error",
            message: processingErrorMessage,
            parameter: nil,
            adviceCode: tryAgainLater
        ),
        DeclineReason(
            responseCode: "1A",
            code: "authentication_required",
            declineCode: "authentication_required",
            message: "Your card was declined. This transaction requires authentication.",
            parameter: nil,
            adviceCode: nil
        ),
        DeclineReason(
            responseCode: "N7",
            code: "incorrect_cvc",
            declineCode: "incorrect_cvc",
            message: "Your card's security code is incorrect.",
            parameter: "cvc",
            adviceCode: confirmCardData
        ),
        declined("R0", "stop_payment_order", advice: doNotTryAgain),
        declined("R1", "revocation_of_authorization", advice: doNotTryAgain),
    ]

    private static let tryAgainLater = "try_again_later"
    private static let confirmCardData = "confirm_card_data"
    private static let doNotTryAgain = "do_not_try_again"
    private static let declinedMessage = "Your card was declined."
    private static let processingErrorMessage =
        "An error occurred while processing your card. Try again in a little bit."

    private static func declined(
        _ responseCode: String,
        _ declineCode: String,
        message: String = declinedMessage,
        advice: String? = nil
    ) -> DeclineReason {
        DeclineReason(
            responseCode: responseCode,
            code: "card_declined",
            declineCode: declineCode,
            message: message,
            parameter: nil,
            adviceCode: advice
        )
    }
}

extension PaymentError {
    /// Refused by our own rules before the network saw it.
    static let blocked = PaymentError(
        code: "card_declined",
        declineCode: "fraudulent",
        message: "Your card was declined.",
        adviceCode: "do_not_try_again"
    )

    /// The outcome was unknown and has been undone, or the network could not be reached.
    static let processing = PaymentError(
        code: "processing_error",
        declineCode: "processing_error",
        message: "An error occurred while processing your card. Try again in a little bit.",
        adviceCode: "try_again_later"
    )

    /// The capture was refused and the authorization has been undone.
    static let captureRefused = PaymentError(
        code: "capture_charge_authorization_expired",
        message: "The card network refused the capture; the authorization was released."
    )
}

extension RefundFailureReason {
    /// The reason behind a response code.
    public static func of(responseCode: String) -> RefundFailureReason {
        switch responseCode {
        case "41", "43": .lostOrStolenCard
        case "14", "46", "54": .expiredOrCanceledCard
        case "05", "51", "57", "62": .declined
        case _: .unknown
        }
    }
}
