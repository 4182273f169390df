public import JSON
public import Money
public import Payments

/// A change of a merchant's balance: the merchant's side of one money event.
///
/// It is derived from the payment and the event's version, like its identifier.
public struct BalanceTransaction: Sendable, Equatable {
    /// What changed the balance.
    public enum Source: Sendable, Equatable {
        /// Captured money came in.
        case charge(ChargeID)
        /// A refund took money out.
        case refund(RefundID)
        /// A failed refund gave money back.
        case refundFailure(RefundID)
        /// A chargeback took money out.
        case disputeWithdrawal(DisputeID)
        /// A won dispute gave it back.
        case disputeReinstatement(DisputeID)
    }

    /// Its identifier.
    public let id: BalanceTransactionID
    /// What changed the balance.
    public let source: Source
    /// The whole amount; negative for money that goes out.
    public let amount: Money
    /// Our part of it; negative when a fee is given back.
    public let feeMinorUnits: Int64
    /// When it happened.
    public let createdAt: Timestamp

    /// The transaction that a payment's event of this version made; nil when it moved nothing of
    /// the merchant's.
    public init?(version: Int32, of payment: Payment) {
        guard (1...Payment.maximumVersion).contains(version) else { return nil }
        id = BalanceTransactionID(paymentID: payment.id, version: version)
        if let attempt = payment.attempts.first(where: { $0.capture?.eventVersion == version }),
            let capture = attempt.capture
        {
            source = .charge(attempt.id)
            amount = capture.amount
            feeMinorUnits = capture.fee.minorUnits
            createdAt = capture.capturedAt
            return
        }
        for dispute in payment.disputes {
            for (funds, sign) in [(dispute.withdrawal, -1), (dispute.reinstatement, 1)] {
                guard let funds, funds.version == version else { continue }
                source =
                    sign < 0
                    ? .disputeWithdrawal(dispute.id) : .disputeReinstatement(dispute.id)
                amount = Money(
                    minorUnits: Int64(sign) * funds.amount.minorUnits,
                    currency: funds.amount.currency
                )
                feeMinorUnits = Int64(-sign) * funds.fee.minorUnits
                createdAt = funds.movedAt
                return
            }
        }
        guard
            let refund = payment.refunds.first(where: {
                $0.movedMoney
                    && ($0.requestedVersion == version || $0.failedVersion == version)
            })
        else { return nil }
        let isFailure = refund.failedVersion == version
        source = isFailure ? .refundFailure(refund.id) : .refund(refund.id)
        let sign: Int64 = isFailure ? 1 : -1
        amount = Money(
            minorUnits: sign * refund.amount.minorUnits,
            currency: refund.amount.currency
        )
        feeMinorUnits = sign * refund.feeReturned.minorUnits
        createdAt = isFailure ? refund.failedAt(in: payment) : refund.createdAt
    }

    /// Stripe's word for what it is.
    public var type: String {
        switch source {
        case .charge: "charge"
        case .refund: "refund"
        case .refundFailure: "refund_failure"
        case .disputeWithdrawal, .disputeReinstatement: "adjustment"
        }
    }

    /// Stripe's word for reports.
    var reportingCategory: String {
        switch source {
        case .charge, .refund, .refundFailure: type
        case .disputeWithdrawal: "dispute"
        case .disputeReinstatement: "dispute_reversal"
        }
    }

    /// Whether a dispute moved it, which touches available money only.
    var isOfDispute: Bool {
        switch source {
        case .charge, .refund, .refundFailure: false
        case .disputeWithdrawal, .disputeReinstatement: true
        }
    }
}

extension Refund {
    /// When the refund failed: the lifecycle names the moment at which the failure was recorded.
    fileprivate func failedAt(in payment: Payment) -> Timestamp {
        payment.lifecycle.first { $0.eventVersion == failedVersion }?.at ?? createdAt
    }
}

/// Renders balances and what changed them.
extension ResourceRenderer {
    /// How long after a capture its money is expected to be available to the merchant.
    static let expectedSettlementSeconds: Int64 = 2 * 24 * 60 * 60

    /// A balance transaction.
    public func balanceTransaction(
        _ transaction: BalanceTransaction,
        of payment: Payment,
        expand: Expansion = .none
    ) -> JSON {
        let currency = JSON.string(transaction.amount.currency.code)
        let fee = transaction.feeMinorUnits
        let feeDetails: JSON =
            fee == 0
            ? []
            : [
                [
                    "amount": .integer(fee), "application": .null, "currency": currency,
                    "description": transaction.isOfDispute ? "Dispute fee" : "Processing fee",
                    "type": "stripe_fee",
                ]
            ]
        return [
            "id": .string(transaction.id.rawValue),
            "object": "balance_transaction",
            "amount": .integer(transaction.amount.minorUnits),
            "available_on": .moment(availableOn(transaction, payment)),
            "balance_type": "payments",
            "created": .moment(transaction.createdAt),
            "currency": currency,
            "description": .text(payment.details.description),
            "exchange_rate": .null,
            "fee": .integer(fee),
            "fee_details": feeDetails,
            "net": .integer(transaction.amount.minorUnits - fee),
            "reporting_category": .string(transaction.reportingCategory),
            "source": source(of: transaction, in: payment, expand["source"]),
            "status": isAvailable(transaction, payment) ? "available" : "pending",
            "type": .string(transaction.type),
        ]
    }

    /// What people agreed to move to the merchant or from it, outside of any payment.
    public func balanceTransaction(
        adjusting amount: Money,
        id: BalanceTransactionID,
        at time: Timestamp
    ) -> JSON {
        [
            "id": .string(id.rawValue),
            "object": "balance_transaction",
            "amount": .integer(amount.minorUnits),
            "available_on": .moment(time),
            "balance_type": "payments",
            "created": .moment(time),
            "currency": .string(amount.currency.code),
            "description": "Adjustment",
            "exchange_rate": .null,
            "fee": 0,
            "fee_details": [],
            "net": .integer(amount.minorUnits),
            "reporting_category": "other_adjustment",
            "source": .null,
            "status": "available",
            "type": "adjustment",
        ]
    }

    private func isAvailable(_ transaction: BalanceTransaction, _ payment: Payment) -> Bool {
        transaction.isOfDispute || payment.settlementMark?.settledAt != nil
    }

    /// When the charge was settled or will be; what follows it is available at once.
    private func availableOn(_ transaction: BalanceTransaction, _ payment: Payment) -> Timestamp {
        if transaction.isOfDispute { return transaction.createdAt }
        guard let mark = payment.settlementMark else {
            return transaction.createdAt.adding(seconds: Self.expectedSettlementSeconds)
        }
        return max(mark.availableOn, transaction.createdAt)
    }

    /// The transaction of an event as a bare identifier, or in full.
    func transaction(_ version: Int32, in payment: Payment, _ expand: Expansion?) -> JSON {
        guard let transaction = BalanceTransaction(version: version, of: payment) else {
            return .null
        }
        return expand.map { balanceTransaction(transaction, of: payment, expand: $0) }
            ?? .string(transaction.id.rawValue)
    }

    private func source(
        of transaction: BalanceTransaction,
        in payment: Payment,
        _ expand: Expansion?
    ) -> JSON {
        switch transaction.source {
        case .charge(let id):
            guard let expand, let attempt = payment.attempt(id) else { return .string(id.rawValue) }
            return charge(attempt, of: payment, expand: expand)
        case .refund(let id), .refundFailure(let id):
            guard let expand, let refund = payment.refund(id) else { return .string(id.rawValue) }
            return self.refund(refund, of: payment, expand: expand)
        case .disputeWithdrawal(let id), .disputeReinstatement(let id):
            guard let expand, let dispute = payment.dispute(id) else {
                return .string(id.rawValue)
            }
            return self.dispute(dispute, of: payment, expand: expand)
        }
    }

    /// A merchant's balance, one entry for each currency.
    public func balance(available: [Money], pending: [Money], livemode: Bool) -> JSON {
        [
            "object": "balance",
            "available": .array(available.map(Self.balanceEntry)),
            "connect_reserved": [],
            "instant_available": [],
            "livemode": .bool(livemode),
            "pending": .array(pending.map(Self.balanceEntry)),
        ]
    }

    private static func balanceEntry(_ money: Money) -> JSON {
        [
            "amount": .integer(money.minorUnits),
            "currency": .string(money.currency.code),
            "source_types": ["card": .integer(money.minorUnits)],
        ]
    }
}
