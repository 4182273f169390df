public import JSON
import Money
public import Payments

/// Renders attempts as charges.
extension ResourceRenderer {
    /// A charge: one attempt of a payment.
    public func charge(
        _ attempt: Attempt,
        of payment: Payment,
        expand: Expansion = .none
    ) -> JSON {
        let fields =
            state(of: attempt, in: payment) + description(of: attempt, in: payment)
            + references(of: attempt, in: payment, expand: expand)
            + ResourceRenderer.neverSetOnCharges + lifecycle(payment)
        return versioned(.object(fields), .charge, of: payment)
    }

    private func state(of attempt: Attempt, in payment: Payment) -> [JSON.Member] {
        let refunded = payment.shownAsRefundedMinorUnits(of: attempt.id)
        let failure = attempt.failure
        return members([
            "id": .string(attempt.id.rawValue),
            "object": "charge",
            "amount": .integer(attempt.amount.minorUnits),
            "amount_captured": .integer(attempt.capturedMinorUnits),
            "amount_refunded": .integer(refunded),
            "captured": .bool(attempt.capture != nil),
            "created": .moment(attempt.createdAt),
            "currency": .string(attempt.amount.currency.code),
            "disputed": .bool(payment.disputes.contains { $0.chargeID == attempt.id }),
            "failure_code": .text(failure?.error.code),
            "failure_message": .text(failure?.error.message),
            "fraud_details": [:],
            "livemode": .bool(payment.livemode),
            "outcome": ChargeOutcome.rendered(attempt),
            "paid": .bool(attempt.authorization != nil),
            "refunded": .bool(refunded > 0 && refunded == attempt.amount.minorUnits),
            "status": .string(status(of: attempt)),
        ])
    }

    private func status(of attempt: Attempt) -> String {
        switch attempt.outcome {
        case .unknown: "pending"
        case .authorized, .voided: "succeeded"
        case .failed: "failed"
        }
    }

    private func description(of attempt: Attempt, in payment: Payment) -> [JSON.Member] {
        let method = attempt.start.paymentMethod
        let details = payment.details
        return members([
            "billing_details": BillingDetails.rendered(method.billingDetails),
            "calculated_statement_descriptor": .text(attempt.start.statementDescriptor),
            "description": .text(details.description),
            "metadata": details.metadata.document,
            "payment_method": .string(method.id.rawValue),
            "payment_method_details": [
                "card": CardRendering.chargeCard(attempt), "type": "card",
            ],
            "receipt_email": .text(details.receiptEmail),
            "shipping": Shipping.rendered(details.shipping),
            "statement_descriptor": .text(details.statementDescriptor),
            "statement_descriptor_suffix": .text(details.statementDescriptorSuffix),
        ])
    }

    private func references(
        of attempt: Attempt,
        in payment: Payment,
        expand: Expansion
    ) -> [JSON.Member] {
        let transaction = attempt.capture.map { capture in
            self.transaction(capture.eventVersion, in: payment, expand["balance_transaction"])
        }
        let intent =
            expand["payment_intent"].map { paymentIntent(payment, expand: $0) }
            ?? .string(payment.id.rawValue)
        let refunds = expand["refunds"].map { below in
            self.refunds(ofCharge: attempt.id.rawValue, in: payment, expand: below["data"] ?? .none)
        }
        let dispute = payment.disputes.last { $0.chargeID == attempt.id }
        let shownDispute = dispute.map { dispute in
            expand["dispute"].map { self.dispute(dispute, of: payment, expand: $0) }
                ?? .string(dispute.id.rawValue)
        }
        return members([
            "dispute": shownDispute ?? .null,
            "balance_transaction": transaction ?? .null,
            "failure_balance_transaction": .null,
            "payment_intent": intent,
            "refunds": refunds ?? .null,
        ])
    }

    /// The refunds of a charge, newest first.
    func refunds(ofCharge id: String, in payment: Payment, expand: Expansion) -> JSON {
        let rows = payment.refunds.reversed().filter { $0.chargeID.rawValue == id }
        return .list(
            rows.map { refund($0, of: payment, expand: expand) },
            hasMore: false,
            url: "/v1/charges/\(id)/refunds"
        )
    }

    private static let neverSetOnCharges: [JSON.Member] = [
        "application", "application_fee", "application_fee_amount", "customer",
        "on_behalf_of", "presentment_details", "receipt_number", "receipt_url", "review",
        "source", "source_transfer", "transfer", "transfer_data", "transfer_group",
    ].map { JSON.Member(key: $0, value: .null) }
}

/// What the network and our own rules thought of a charge.
enum ChargeOutcome {
    static func rendered(_ attempt: Attempt) -> JSON {
        let risk = attempt.start.paymentMethod.card.risk
        switch attempt.outcome {
        case .unknown: return .null
        case .authorized, .voided:
            return outcome(
                type: risk == .elevated ? "manual_review" : "authorized",
                networkStatus: "approved_by_network",
                reason: risk == .elevated ? "elevated_risk_level" : nil,
                message: "Payment complete.",
                risk: risk
            )
        case .failed(let failure): return outcome(of: failure, risk: risk)
        }
    }

    private static func outcome(of failure: AttemptFailure, risk: CardRisk) -> JSON {
        let reason = failure.error.declineCode ?? failure.error.code
        let (type, status, shownReason, message): (String, String, String, String) =
            switch failure.kind {
            case .declined:
                (
                    "issuer_declined", "declined_by_network", reason,
                    "The bank did not return any further details with this decline."
                )
            case .blocked:
                (
                    "blocked", "not_sent_to_network", "highest_risk_level",
                    "This payment was blocked because its risk is too high."
                )
            case .reversed:
                (
                    "invalid", "reversed_after_approval", reason,
                    "The network did not answer in time; the authorization was reversed."
                )
            case .notSent:
                (
                    "invalid", "not_sent_to_network", reason,
                    "The network could not be reached."
                )
            case .captureRefused:
                (
                    "invalid", "reversed_after_approval", reason,
                    "The network refused the capture; the authorization was reversed."
                )
            }
        return outcome(
            type: type,
            networkStatus: status,
            reason: shownReason,
            message: message,
            risk: risk,
            error: failure.error
        )
    }

    private static func outcome(
        type: String,
        networkStatus: String,
        reason: String?,
        message: String,
        risk: CardRisk,
        error: PaymentError? = nil
    ) -> JSON {
        [
            "advice_code": .text(error?.adviceCode),
            "network_advice_code": .null,
            "network_decline_code": .text(error?.networkDeclineCode),
            "network_status": .string(networkStatus),
            "reason": .text(reason),
            "risk_level": .string(risk.rawValue),
            "risk_score": .integer(score(of: risk)),
            "rule": .null,
            "seller_message": .string(message),
            "type": .string(type),
        ]
    }

    /// A fixed score for each level: the vault rates in levels only.
    private static func score(of risk: CardRisk) -> Int64 {
        switch risk {
        case .normal: 20
        case .elevated: 65
        case .highest: 90
        }
    }
}
