import JSON
import Money

@testable import Payments

/// Effects as the state machine gives them; numbers are those of commands.
enum EffectSamples {
    private static let sentAt = Timestamp(secondsSinceEpoch: 1_795_000_000)

    static func authorization(
        _ command: Int64,
        _ card: CardDetails,
        amount: Int64 = 10_000
    )
        -> NetworkEffect
    {
        let message = message(command, family: command, card, amount: amount, authorized: amount)
        let method = PaymentMethod(
            id: PaymentMethodID(checked: "pm_0AbCdEfGhIjKlMnOpQrStUvW"),
            merchantID: message.merchantID,
            livemode: false,
            card: card,
            billingDetails: [:],
            metadata: Metadata(),
            allowRedisplay: "unspecified",
            createdAt: sentAt
        )
        let start = AttemptStart(
            chargeID: ChargeID(checked: "ch_0AbCdEfGhIjKlMnOpQrStUvW"),
            reference: message.reference,
            amount: message.amount,
            paymentMethod: method,
            captureMethod: .automatic,
            sentAt: sentAt
        )
        return .authorize(message, start)
    }

    static func capture(
        of family: Int64,
        _ card: CardDetails,
        amount: Int64 = 10_000,
        isRepeat: Bool = false
    ) -> NetworkEffect {
        .capture(
            message(family + 1, family: family, card, amount: amount, authorized: 10_000),
            repeated: isRepeat
        )
    }

    static func reversal(
        of family: Int64,
        _ card: CardDetails,
        isRepeat: Bool = false
    )
        -> NetworkEffect
    {
        .reverse(
            message(family, family: family, card, amount: 10_000, authorized: 10_000),
            .system,
            repeated: isRepeat
        )
    }

    static func refund(
        _ command: Int64,
        of original: Int64,
        _ card: CardDetails,
        amount: Int64,
        isRepeat: Bool = false
    ) -> NetworkEffect {
        .refund(
            message(
                command,
                family: command,
                original: original,
                card,
                amount: amount,
                authorized: 10_000
            ),
            RefundID(checked: "re_0AbCdEfGhIjKlMnOpQrStUvW"),
            repeated: isRepeat
        )
    }

    private static func message(
        _ command: Int64,
        family: Int64,
        original: Int64? = nil,
        _ card: CardDetails,
        amount: Int64,
        authorized: Int64
    ) -> NetworkMessage {
        NetworkMessage(
            reference: NetworkReference(commandID: family),
            command: NetworkReference(commandID: command),
            sentAt: sentAt,
            original: NetworkMessage.Original(
                reference: NetworkReference(commandID: original ?? family),
                sentAt: sentAt
            ),
            merchantID: MerchantID(checked: "acct_0AbCdEfGhIjKlMnOpQrStUvW"),
            paymentID: PaymentID(checked: "pi_0AbCdEfGhIjKlMnOpQrStUvW"),
            networkToken: card.networkToken,
            amount: Money(minorUnits: amount, currency: .inr),
            authorizedAmount: Money(minorUnits: authorized, currency: .inr),
            authorizationCode: nil,
            statementDescriptor: nil
        )
    }
}
