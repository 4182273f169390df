import JSON
import MerchantAPI
import Money
import Payments
import Testing

/// Refusals as error objects.
@Suite struct ErrorTests {
    private let renderer = ResourceRenderer()

    @Test("a decline is a 402 with the whole payment intent inside")
    func decline() throws {
        let payment = try SamplePayments.declined()
        let error = DeclineReason.of(responseCode: "51").error
        let reply = renderer.reply(
            .refused(.cardFailed(payment.id, SamplePayments.chargeID, error)),
            given: Aggregates(payment: payment),
            expand: []
        )
        #expect(reply.status == 402)
        let shown = reply.body["error"]
        #expect(shown?["type"] == "card_error")
        #expect(shown?["code"] == "card_declined")
        #expect(shown?["decline_code"] == "insufficient_funds")
        #expect(shown?["message"] == "Your card has insufficient funds.")
        #expect(shown?["charge"] == .string(SamplePayments.chargeID.rawValue))
        let intent = shown?["payment_intent"]
        #expect(intent?["status"] == "requires_payment_method")
        #expect(intent?["payment_method"] == .null)
        #expect(intent?["last_payment_error"]?["decline_code"] == "insufficient_funds")
        #expect(DocumentedFields.paymentIntent.filter { intent?[$0] == nil } == [])
    }

    @Test("a capture in the wrong state says so in Stripe's words, with the payment")
    func wrongState() throws {
        let payment = try SamplePayments.payment(SamplePayments.created)
        let error = renderer.error(
            for: .unexpectedStatus(
                .capture,
                payment.id,
                status: .requiresConfirmation,
                allowed: [.requiresCapture]
            ),
            payment: payment
        )
        #expect(
            error.message == "This PaymentIntent could not be captured because it has a status of "
                + "requires_confirmation. Only a PaymentIntent with one of the following statuses "
                + "may be captured: requires_capture."
        )
        #expect(error.code == "payment_intent_unexpected_state")
        #expect(error.paymentIntent?["id"] == .string(payment.id.rawValue))
    }

    @Test("each refusal has the status, code and parameter of the contract")
    func table() throws {
        let inr = { Money(minorUnits: $0, currency: .inr) }
        let charge = SamplePayments.chargeID
        let payment = SamplePayments.paymentID
        let rows: [(Refusal, Int, String?, String?)] = [
            (.paymentNotFound(payment), 404, "resource_missing", "intent"),
            (
                .paymentMethodNotFound(SamplePayments.methodID), 400, "resource_missing",
                "payment_method"
            ),
            (.amountTooSmall(least: inr(50)), 400, "amount_too_small", "amount"),
            (.amountTooLarge(most: inr(99)), 400, "amount_too_large", "amount"),
            (
                .captureExceedsAuthorization(requested: inr(2), capturable: inr(1)), 400,
                "amount_too_large", "amount_to_capture"
            ),
            (
                .refundExceedsRemaining(charge, requested: inr(2), remaining: inr(1)), 400,
                "amount_too_large", "amount"
            ),
            (.alreadyRefunded(charge), 400, "charge_already_refunded", nil),
            (.tokenAlreadyUsed(SamplePayments.tokenID), 400, "token_already_used", nil),
            (
                .authorizationExpired(charge, captureBefore: SamplePayments.time), 400,
                "charge_expired_for_capture", nil
            ),
        ]
        for (refusal, status, code, parameter) in rows {
            let error = renderer.error(for: refusal, payment: nil)
            #expect(error.status == status && error.code == code, "\(refusal)")
            #expect(error.parameter == parameter, "\(refusal)")
            #expect(error.kind == .invalidRequestError)
        }
    }

    @Test("amounts in messages carry their currency's sign and decimals")
    func amounts() throws {
        let usd = APIError.amountTooSmall(least: Money(minorUnits: 50, currency: .usd))
        #expect(usd.message == "Amount must be at least $0.50 usd")
        let jpy = APIError.amountTooSmall(least: Money(minorUnits: 50, currency: .jpy))
        #expect(jpy.message == "Amount must be at least ¥50 jpy")
    }

    @Test("an error's type is one of four words")
    func kinds() {
        #expect(
            APIError.Kind.allCases.map(\.rawValue) == [
                "api_error", "card_error", "idempotency_error", "invalid_request_error",
            ]
        )
        #expect(APIError.missingKey.kind == .invalidRequestError)
        #expect(APIError.keyInUse.status == 409)
        #expect(APIError.keyInUse.code == "idempotency_key_in_use")
    }

    @Test("no message repeats a key, a card number or what is longer than a line")
    func excerpts() {
        let key = APIError.wrongKey("sk_test_abcdefghijklmnopqrstuvwxyz").message
        #expect(key == "Invalid API Key provided: sk_test_***wxyz")
        #expect(!APIError.wrongKey("sk_test_short").message.contains("short"))
        let number = APIError.noSuch("charge", "4242424242424242", parameter: "id")
        #expect(!number.message.contains("4242"))
        let spaced = APIError.unknownParameter("x")
        #expect(spaced.message == "Received unknown parameter: x")
        let long = APIError.noSuch("charge", String(repeating: "y", count: 5_000), parameter: "id")
        #expect(long.message.count < 200)
        let ours = APIError.noSuch(
            "charge",
            "ch_" + String(repeating: "0", count: 24),
            parameter: "id"
        )
        #expect(ours.message.hasSuffix("'ch_000000000000000000000000'"))
    }
}
