public import JSON
import Money
public import Payments

/// Renders refunds, and the releases of uncaptured money that Stripe shows as refunds.
extension ResourceRenderer {
    /// A refund of a payment.
    public func refund(
        _ refund: Refund,
        of payment: Payment,
        expand: Expansion = .none
    ) -> JSON {
        let object = JSON.object(state(of: refund) + references(of: refund, in: payment, expand))
        return versioned(object, .refund, of: payment)
    }

    private func state(of refund: Refund) -> [JSON.Member] {
        let kind: JSON = refund.purpose == .returnCaptured ? "refund" : "reversal"
        return members([
            "id": .string(refund.id.rawValue),
            "object": "refund",
            "amount": .integer(refund.amount.minorUnits),
            "created": .moment(refund.createdAt),
            "currency": .string(refund.amount.currency.code),
            "description": .null,
            "destination_details": [
                "card": [
                    "reference": .text(refund.isWaiting ? nil : refund.command?.rawValue),
                    "reference_status": .string(referenceStatus(of: refund)),
                    "reference_type": "acquirer_reference_number",
                    "type": kind,
                ],
                "type": "card",
            ],
            "failure_reason": .text(refund.failureReason?.rawValue),
            "instructions_email": .null,
            "metadata": refund.metadata.document,
            "next_action": .null,
            "pending_reason": refund.isWaiting
                ? "insufficient_funds" : refund.isInFlight ? "processing" : .null,
            "presentment_details": .null,
            "reason": .text(refund.reason?.rawValue),
            "receipt_number": .null,
            "source_transfer_reversal": .null,
            "status": .string(refund.status.rawValue),
            "transfer_reversal": .null,
        ])
    }

    private func referenceStatus(of refund: Refund) -> String {
        if refund.isWaiting { return "pending" }
        return refund.command == nil ? "unavailable" : "available"
    }

    private func references(
        of refund: Refund,
        in payment: Payment,
        _ expand: Expansion
    ) -> [JSON.Member] {
        var charge = JSON.string(refund.chargeID.rawValue)
        if let below = expand["charge"], let attempt = payment.attempt(refund.chargeID) {
            charge = self.charge(attempt, of: payment, expand: below)
        }
        let method = payment.attempt(refund.chargeID)?.start.paymentMethod
        return members([
            "balance_transaction": refund.movedMoney
                ? transaction(refund.requestedVersion, in: payment, expand["balance_transaction"])
                : .null,
            "charge": charge,
            "customer": .null,
            "customer_account": .null,
            "failure_balance_transaction": refund.failedVersion.map {
                transaction($0, in: payment, expand["failure_balance_transaction"])
            } ?? .null,
            "payment_intent": expand["payment_intent"].map { paymentIntent(payment, expand: $0) }
                ?? .string(payment.id.rawValue),
            "payment_method": .text(method?.id.rawValue),
        ])
    }
}
