import JSON
import Money
import Payments
import Synchronization

/// Ordinary commands, each with identifiers of its own.
enum Sample {
    static let merchantID = MerchantID(checked: "acct_" + padded(1))

    static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 24 - digits.count) + digits
    }

    static func paymentID(_ number: Int) -> PaymentID { PaymentID(checked: "pi_" + padded(number)) }
    static func refundID(_ number: Int) -> RefundID { RefundID(checked: "re_" + padded(number)) }
    static func chargeID(_ number: Int) -> ChargeID { ChargeID(checked: "ch_" + padded(number)) }
    static func tokenID(_ number: Int) -> CardTokenID {
        CardTokenID(checked: "tok_" + padded(number))
    }

    static let card = CardDetails(
        networkToken: "4242424242424242",
        brand: "visa",
        last4: "4242",
        expirationMonth: 12,
        expirationYear: 2034,
        funding: .credit,
        country: "IN",
        fingerprint: "fingerprint",
        checks: CardChecks(addressLine1: nil, addressPostalCode: nil, cvc: .pass),
        risk: .normal
    )

    static let merchant = Merchant(
        id: merchantID,
        livemode: false,
        country: "IN",
        defaultCurrency: .inr,
        feePolicy: .standard,
        refundFeePolicy: .kept,
        statementDescriptor: "TEA HOUSE",
        apiVersion: "2026-10-28.endive",
        payoutDelayDays: 2,
        keys: [
            APIKey(
                hash: String(repeating: "0f", count: 32),
                kind: .secret,
                createdAt: Timestamp(secondsSinceEpoch: 1_760_000_000)
            )
        ],
        createdAt: Timestamp(secondsSinceEpoch: 1_760_000_000)
    )

    static func rupees(_ amount: Int64) -> Money { Money(minorUnits: amount * 100, currency: .inr) }

    static func method(_ number: Int, token: CardTokenID? = nil) -> PaymentMethodSource {
        .new(
            NewPaymentMethod(
                id: PaymentMethodID(checked: "pm_" + padded(number)),
                card: token.map { .token($0) } ?? .card(card),
                billingDetails: [:]
            )
        )
    }

    /// A payment that is created, confirmed and, unless it is manual, captured by one command.
    static func pay(
        _ number: Int,
        _ amount: Money = rupees(1_000),
        captureMethod: CaptureMethod = .automatic,
        token: CardTokenID? = nil
    ) -> Command {
        .createPayment(
            CreatePayment(
                paymentID: paymentID(number),
                amount: amount,
                captureMethod: captureMethod,
                clientSecret: "secret",
                paymentMethod: method(number, token: token),
                confirmAs: chargeID(number)
            )
        )
    }

    static func capture(_ number: Int, _ amount: Int64? = nil) -> Command {
        .capturePayment(
            CapturePayment(
                paymentID: paymentID(number),
                amountMinorUnits: amount,
                remainderRefundID: refundID(9_000 + number)
            )
        )
    }

    static func cancel(_ number: Int) -> Command {
        .cancelPayment(
            CancelPayment(paymentID: paymentID(number), remainderRefundID: refundID(8_000 + number))
        )
    }

    static func refund(_ number: Int, of payment: Int, _ amount: Int64? = nil) -> Command {
        .createRefund(
            CreateRefund(
                refundID: refundID(number),
                paymentID: paymentID(payment),
                amountMinorUnits: amount
            )
        )
    }

    static func token(_ number: Int) -> Command {
        .createCardToken(
            CreateCardToken(tokenID: tokenID(number), card: card, billingDetails: [:])
        )
    }

    static let webhookEndpoint = Command.webhook(
        .create(
            CreateWebhookEndpoint(
                endpointID: WebhookEndpointID(checked: "we_" + padded(1)),
                keyID: WebhookKeyID(checked: "whk_" + padded(1)),
                apiVersion: nil,
                settings: WebhookSettings(
                    url: "https://shop.example.com/hooks",
                    enabledEvents: ["*"]
                )
            )
        )
    )
}
