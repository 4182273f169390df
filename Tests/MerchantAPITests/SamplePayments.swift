import JSON
import MerchantAPI
import Money
import Payments

/// Payments at different points of their lives, made by folding events.
enum SamplePayments {
    static let time = Timestamp(secondsSinceEpoch: 1_760_000_000)
    static let merchantID = MerchantID(checked: "acct_000000000000000000000001")
    static let paymentID = PaymentID(checked: "pi_000000000000000000000002")
    static let chargeID = ChargeID(checked: "ch_000000000000000000000003")
    static let refundID = RefundID(checked: "re_000000000000000000000004")
    static let methodID = PaymentMethodID(checked: "pm_000000000000000000000005")
    static let tokenID = CardTokenID(checked: "tok_00000000000000000000000T")

    static let card = CardDetails(
        networkToken: "vault-token",
        brand: "visa",
        last4: "4242",
        expirationMonth: 12,
        expirationYear: 2034,
        funding: .credit,
        country: "US",
        fingerprint: "fingerprint",
        checks: CardChecks(cvc: .pass),
        risk: .normal
    )

    static let method = PaymentMethod(
        id: methodID,
        merchantID: merchantID,
        livemode: false,
        card: card,
        billingDetails: ["name": "Jenny Rosen", "address": ["line1": "1 Tea Street"]],
        metadata: Metadata(),
        allowRedisplay: "unspecified",
        createdAt: time
    )

    static let token = CardToken(
        id: tokenID,
        merchantID: merchantID,
        livemode: false,
        card: card,
        billingDetails: ["name": "Jenny Rosen", "address": ["postal_code": "94102"]],
        createdAt: time
    )

    static let created = PaymentEvent.created(
        PaymentCreated(
            paymentID: paymentID,
            merchantID: merchantID,
            livemode: false,
            amount: Money(minorUnits: 100_000, currency: .inr),
            captureMethod: .automaticAsync,
            clientSecret: "\(paymentID)_secret_x",
            details: PaymentDetails(description: "tea"),
            feePolicy: .standard,
            refundFeePolicy: .kept,
            paymentMethod: method
        )
    )

    static let start = AttemptStart(
        chargeID: chargeID,
        reference: NetworkReference(commandID: 7),
        amount: Money(minorUnits: 100_000, currency: .inr),
        paymentMethod: method,
        captureMethod: .automaticAsync,
        sentAt: time
    )

    static let authorized = PaymentEvent.authorized(
        PaymentAuthorized(
            start: start,
            authorization: Authorization(code: "A1B2C3", authorizedAt: time)
        )
    )

    static let captureRequested = PaymentEvent.captureRequested(
        CaptureRequested(
            chargeID: chargeID,
            request: CaptureRequest(
                amount: Money(minorUnits: 100_000, currency: .inr),
                command: NetworkReference(commandID: 7),
                sentAt: time
            )
        )
    )

    static let capturedEvent = PaymentEvent.captured(
        PaymentCaptured(
            chargeID: chargeID,
            amount: Money(minorUnits: 100_000, currency: .inr),
            fee: Money(minorUnits: 3_000, currency: .inr)
        )
    )

    static let refundRequested = PaymentEvent.refundRequested(
        RefundRequested(
            refundID: refundID,
            chargeID: chargeID,
            amount: Money(minorUnits: 40_000, currency: .inr),
            feeReturned: .zero(.inr),
            metadata: Metadata(),
            command: NetworkReference(commandID: 8),
            sentAt: time
        )
    )

    static let refundIssued = PaymentEvent.refundIssued(
        RefundIssued(
            refundID: refundID,
            chargeID: chargeID,
            amount: Money(minorUnits: 40_000, currency: .inr)
        )
    )

    static let failed = PaymentEvent.failed(
        PaymentFailed(
            chargeID: chargeID,
            start: start,
            kind: .declined,
            error: DeclineReason.of(responseCode: "51").error
        )
    )

    /// Folds events into a payment.
    static func payment(_ events: PaymentEvent...) throws -> Payment {
        var payment: Payment?
        for (index, event) in events.enumerated() {
            payment = try Payment.evolve(
                payment,
                by: event,
                version: Int32(index + 1),
                at: time.adding(seconds: Int64(index))
            )
        }
        guard let payment else { throw NoEvents() }
        return payment
    }

    static func captured() throws -> Payment {
        try payment(created, authorized, captureRequested, capturedEvent)
    }

    static func refunded() throws -> Payment {
        try payment(
            created,
            authorized,
            captureRequested,
            capturedEvent,
            refundRequested,
            refundIssued
        )
    }

    static let disputeID = DisputeID(checked: "du_000000000000000000000006")
    static let warningID = EarlyFraudWarningID(checked: "issfr_000000000000000000000007")

    /// A payment that was reported and then disputed, at this cost.
    static func disputed() throws -> Payment {
        let amount = Money(minorUnits: 100_000, currency: .inr)
        let reference = NetworkReference(commandID: 9)
        func movement(_ amount: Money, _ moved: NetworkMovement? = nil) -> DisputeMovement {
            DisputeMovement(
                disputeID: disputeID,
                chargeID: chargeID,
                amount: amount,
                movement: moved
            )
        }
        return try payment(
            created,
            authorized,
            captureRequested,
            capturedEvent,
            .fraudWarningReceived(
                FraudWarningReceived(
                    warningID: warningID,
                    chargeID: chargeID,
                    fraudType: "unauthorized_use_of_card",
                    reference: NetworkReference(commandID: 10)
                )
            ),
            .disputeOpened(
                DisputeOpened(
                    disputeID: disputeID,
                    chargeID: chargeID,
                    amount: amount,
                    isInquiry: false,
                    reason: .fraudulent,
                    networkReasonCode: "10.4",
                    networkCase: reference,
                    dueBy: time.adding(seconds: 86_400)
                )
            ),
            .disputeFeeCharged(movement(Money(minorUnits: 1_500, currency: .inr))),
            .disputeFundsWithdrawn(movement(amount)),
            .disputeChargedBack(
                movement(amount, NetworkMovement(reference: reference, traceNumber: 9))
            )
        )
    }

    static func declined() throws -> Payment { try payment(created, failed) }

    private struct NoEvents: Error {}
}
