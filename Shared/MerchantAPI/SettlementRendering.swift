public import JSON
import Money
public import Payments

/// One charge or refund inside a settlement batch.
public struct SettledItem: Sendable, Equatable {
    /// What tells it from all other items.
    public let id: String
    /// The charge, the refund or the dispute.
    public let sourceID: String
    /// The charge.
    public let chargeID: String
    /// The payment.
    public let paymentID: String
    /// `sale` or `refund`.
    public let kind: String
    /// What was moved; negative for a refund.
    public let amountMinorUnits: Int64
    /// Our fee.
    public let feeMinorUnits: Int64
    /// The network's reference.
    public let reference: String

    /// Puts the parts together.
    public init(
        id: String,
        sourceID: String,
        chargeID: String,
        paymentID: String,
        kind: String,
        amountMinorUnits: Int64,
        feeMinorUnits: Int64,
        reference: String
    ) {
        self.id = id
        self.sourceID = sourceID
        self.chargeID = chargeID
        self.paymentID = paymentID
        self.kind = kind
        self.amountMinorUnits = amountMinorUnits
        self.feeMinorUnits = feeMinorUnits
        self.reference = reference
    }
}

/// Renders settlement batches.
extension ResourceRenderer {
    /// A batch with its items, or with as many of them as were read.
    public func settlement(
        _ settlement: Settlement,
        items: [SettledItem],
        hasMoreItems: Bool
    ) -> JSON {
        let cleared = settlement.cleared
        let id = settlement.id.rawValue
        return [
            "id": .string(id),
            "object": "settlement",
            "available": .optional(settlement.completed?.available.minorUnits),
            "completed_at": settlement.completedAt.map { .moment($0) } ?? .null,
            "created": .moment(settlement.createdAt),
            "currency": .string(settlement.opening.currency.code),
            "cut_off": .moment(settlement.opening.cutOffAt),
            "gross": .optional(cleared?.sales.minorUnits),
            "items": .list(
                items.map(settlementItem),
                hasMore: hasMoreItems,
                url: "/v1/settlements/\(id)/items"
            ),
            "left_out": .optional(settlement.completed?.leftOutCount),
            "livemode": .bool(settlement.opening.livemode),
            "network_fees": .optional(cleared?.networkFees.minorUnits),
            "refund_count": .optional(cleared?.refundCount),
            "refunds": .optional(cleared?.refunds.minorUnits),
            "sale_count": .optional(cleared?.saleCount),
            "status": settlement.completed == nil ? "pending" : "completed",
            "unmatched_lines": .optional(settlement.completed?.unmatchedLineCount),
        ]
    }

    /// What one line of the network's settled.
    public func settlementItem(_ item: SettledItem) -> JSON {
        [
            "id": .string(item.id),
            "object": "settlement.item",
            "amount": .integer(item.amountMinorUnits),
            "charge": .string(item.chargeID),
            "fee": .integer(item.feeMinorUnits),
            "network_reference": .string(item.reference),
            "payment_intent": .string(item.paymentID),
            "source": .string(item.sourceID),
            "type": .string(item.kind),
        ]
    }
}

extension JSON {
    fileprivate static func optional(_ number: Int64?) -> JSON {
        number.map { .integer($0) } ?? .null
    }
}
