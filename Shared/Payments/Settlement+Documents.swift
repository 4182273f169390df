public import JSON
import Money

extension SettlementEvent {
    /// The fact as it is stored; ``kind`` is stored beside it.
    var facts: JSON {
        switch self {
        case .created(let facts): facts.document
        case .cleared(let facts): facts.document
        case .completed(let facts): facts.document
        }
    }

    /// Reads a stored fact.
    init(kind: Kind, facts: JSON) throws(DocumentError) {
        switch kind {
        case .created: self = .created(try .init(document: facts))
        case .cleared: self = .cleared(try .init(document: facts))
        case .completed: self = .completed(try .init(document: facts))
        }
    }
}

extension SettlementCreated: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            settlementID: try fields.required("settlement_id"),
            merchantID: try fields.required("merchant_id"),
            livemode: try fields.required("livemode"),
            currency: try fields.required("currency"),
            cutOffAt: try fields.required("cut_off_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "settlement_id": settlementID.document,
            "merchant_id": merchantID.document,
            "livemode": livemode.document,
            "currency": currency.document,
            "cut_off_at": cutOffAt.document,
        ]
    }
}

extension SettlementCleared: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            saleCount: try fields.required("sale_count"),
            refundCount: try fields.required("refund_count"),
            sales: try fields.required("sales"),
            refunds: try fields.required("refunds"),
            networkFees: try fields.required("network_fees")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "sale_count": saleCount.document,
            "refund_count": refundCount.document,
            "sales": sales.document,
            "refunds": refunds.document,
            "network_fees": networkFees.document,
        ]
    }
}

extension SettlementCompleted: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            available: try fields.required("available"),
            leftOutCount: try fields.required("left_out_count"),
            unmatchedLineCount: try fields.required("unmatched_line_count")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "available": available.document,
            "left_out_count": leftOutCount.document,
            "unmatched_line_count": unmatchedLineCount.document,
        ]
    }
}

extension Settlement: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            opening: try fields.required("opening"),
            version: try fields.required("version"),
            createdAt: try fields.required("created_at"),
            cleared: try fields.optional("cleared"),
            completed: try fields.optional("completed"),
            completedAt: try fields.optional("completed_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "opening": opening.document,
            "version": version.document,
            "created_at": createdAt.document,
            "cleared": .optional(cleared),
            "completed": .optional(completed),
            "completed_at": .optional(completedAt),
        ]
    }
}
