public import JSON
import Money

extension PayoutEvent {
    /// The fact as it is stored; ``kind`` is stored beside it.
    var facts: JSON {
        switch self {
        case .created(let facts): facts.document
        case .updated(let change): ["metadata": change.document]
        case .sent(let fileID): ["file_id": fileID.document]
        case .paid(let reference): ["bank_reference": reference.document]
        case .returned(let reason), .failed(let reason): ["reason": reason.document]
        case .canceled: [:]
        }
    }

    /// Reads a stored fact.
    init(kind: Kind, facts: JSON) throws(DocumentError) {
        let fields = try Fields(facts)
        switch kind {
        case .created: self = .created(try .init(document: facts))
        case .updated: self = .updated(try fields.required("metadata"))
        case .sent: self = .sent(fileID: try fields.required("file_id"))
        case .paid: self = .paid(bankReference: try fields.required("bank_reference"))
        case .returned: self = .returned(reason: try fields.required("reason"))
        case .failed: self = .failed(reason: try fields.required("reason"))
        case .canceled: self = .canceled
        }
    }
}

extension PayoutCreated: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            payoutID: try fields.required("payout_id"),
            merchantID: try fields.required("merchant_id"),
            livemode: try fields.required("livemode"),
            amount: try fields.required("amount"),
            isAutomatic: try fields.required("is_automatic"),
            sendAt: try fields.required("send_at"),
            arrivalAt: try fields.required("arrival_at"),
            destination: try fields.required("destination"),
            description: try fields.optional("description"),
            statementDescriptor: try fields.optional("statement_descriptor"),
            metadata: try fields.required("metadata")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "payout_id": payoutID.document,
            "merchant_id": merchantID.document,
            "livemode": livemode.document,
            "amount": amount.document,
            "is_automatic": isAutomatic.document,
            "send_at": sendAt.document,
            "arrival_at": arrivalAt.document,
            "destination": destination.document,
            "description": .optional(description),
            "statement_descriptor": .optional(statementDescriptor),
            "metadata": metadata.document,
        ]
    }
}
