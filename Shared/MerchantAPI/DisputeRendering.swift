public import JSON
import Money
public import Payments

/// Renders disputes and early fraud warnings.
extension ResourceRenderer {
    /// A dispute of a payment's charge.
    public func dispute(
        _ dispute: Dispute,
        of payment: Payment,
        expand: Expansion = .none
    ) -> JSON {
        .object(state(of: dispute, in: payment) + references(of: dispute, in: payment, expand))
    }

    private func state(of dispute: Dispute, in payment: Payment) -> [JSON.Member] {
        let card = payment.attempt(dispute.chargeID)?.start.paymentMethod.card
        return members([
            "id": .string(dispute.id.rawValue),
            "object": "dispute",
            "amount": .integer(dispute.amount.minorUnits),
            "created": .moment(dispute.createdAt),
            "currency": .string(dispute.amount.currency.code),
            "enhanced_eligibility_types": [],
            "evidence": Self.evidence(of: dispute),
            "evidence_details": [
                "due_by": .moment(dispute.dueBy),
                "enhanced_eligibility": [:],
                "has_evidence": .bool(dispute.evidence != [:]),
                "past_due": .bool(dispute.isPastDue),
                "submission_count": .integer(dispute.submissionCount),
            ],
            "intended_submission_method": .null,
            "is_charge_refundable": .bool(
                dispute.isInquiry && payment.refundableMinorUnits > 0
            ),
            "livemode": .bool(payment.livemode),
            "metadata": dispute.metadata.document,
            "network_reason_code": .string(dispute.networkReasonCode),
            "payment_method_details": [
                "card": [
                    "brand": .text(card?.brand),
                    "case_type": dispute.isInquiry ? "inquiry" : "chargeback",
                    "network_reason_code": .string(dispute.networkReasonCode),
                ],
                "type": "card",
            ],
            "reason": .string(dispute.reason.rawValue),
            "status": .string(dispute.status.rawValue),
        ])
    }

    private func references(
        of dispute: Dispute,
        in payment: Payment,
        _ expand: Expansion
    ) -> [JSON.Member] {
        var charge = JSON.string(dispute.chargeID.rawValue)
        if let below = expand["charge"], let attempt = payment.attempt(dispute.chargeID) {
            charge = self.charge(attempt, of: payment, expand: below)
        }
        let moved = [dispute.withdrawal, dispute.reinstatement].compactMap(\.self)
        return members([
            "balance_transaction": dispute.withdrawal.map {
                transaction($0.version, in: payment, nil)
            } ?? .null,
            "balance_transactions": .array(
                moved.map { transaction($0.version, in: payment, Expansion.none) }
            ),
            "charge": charge,
            "payment_intent": expand["payment_intent"].map { paymentIntent(payment, expand: $0) }
                ?? .string(payment.id.rawValue),
        ])
    }

    /// Every field of evidence, null where nothing was given.
    private static func evidence(of dispute: Dispute) -> JSON {
        let fields = DisputeEvidenceFields.all.map { name in
            JSON.Member(key: name, value: dispute.evidence[name] ?? .null)
        }
        return .object(fields + [.init(key: "enhanced_evidence", value: [:])])
    }

    /// An early fraud warning.
    public func earlyFraudWarning(
        _ warning: EarlyFraudWarning,
        of payment: Payment,
        expand: Expansion = .none
    ) -> JSON {
        var charge = JSON.string(warning.chargeID.rawValue)
        if let below = expand["charge"], let attempt = payment.attempt(warning.chargeID) {
            charge = self.charge(attempt, of: payment, expand: below)
        }
        return [
            "id": .string(warning.id.rawValue),
            "object": "radar.early_fraud_warning",
            "actionable": .bool(payment.isActionable(warning)),
            "charge": charge,
            "created": .moment(warning.createdAt),
            "fraud_type": .string(warning.fraudType),
            "livemode": .bool(payment.livemode),
            "payment_intent": expand["payment_intent"].map { paymentIntent(payment, expand: $0) }
                ?? .string(payment.id.rawValue),
        ]
    }
}

/// The fields of evidence, by their names in the API.
enum DisputeEvidenceFields {
    /// Those that hold text.
    static let texts = [
        "access_activity_log", "billing_address", "cancellation_policy_disclosure",
        "cancellation_rebuttal", "customer_email_address", "customer_name",
        "customer_purchase_ip", "duplicate_charge_explanation", "duplicate_charge_id",
        "product_description", "refund_policy_disclosure", "refund_refusal_explanation",
        "service_date", "shipping_address", "shipping_carrier", "shipping_date",
        "shipping_tracking_number", "uncategorized_text",
    ]
    /// Those that name files, which are not taken here.
    static let files = [
        "cancellation_policy", "customer_communication", "customer_signature",
        "duplicate_charge_documentation", "receipt", "refund_policy", "service_documentation",
        "shipping_documentation", "uncategorized_file",
    ]
    /// All of them.
    static let all = (texts + files).sorted()
}
