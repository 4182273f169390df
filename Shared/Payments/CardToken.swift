public import JSON
public import Money

/// A card on its way into a payment method: usable once.
public struct CardToken: Sendable, Equatable {
    /// Its identifier; also names its event stream.
    public let id: CardTokenID
    /// The merchant whose key made it.
    public let merchantID: MerchantID
    /// Whether it can move real money.
    public let livemode: Bool
    /// The card behind it.
    public let card: CardDetails
    /// Name and address as given; an object.
    public let billingDetails: JSON
    /// The address of the client that made it.
    public let clientAddress: String?
    /// When it was made.
    public let createdAt: Timestamp
    /// When it went into a payment method; nil while it is unused.
    public let usedAt: Timestamp?

    /// Creates the value from its parts.
    public init(
        id: CardTokenID,
        merchantID: MerchantID,
        livemode: Bool,
        card: CardDetails,
        billingDetails: JSON,
        clientAddress: String? = nil,
        createdAt: Timestamp,
        usedAt: Timestamp? = nil
    ) {
        self.id = id
        self.merchantID = merchantID
        self.livemode = livemode
        self.card = card
        self.billingDetails = billingDetails
        self.clientAddress = clientAddress
        self.createdAt = createdAt
        self.usedAt = usedAt
    }

    /// Whether the token has been spent.
    public var isUsed: Bool { usedAt != nil }
}

extension CardToken: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            merchantID: try fields.required("merchant_id"),
            livemode: try fields.required("livemode"),
            card: try fields.required("card"),
            billingDetails: try fields.required("billing_details"),
            clientAddress: try fields.optional("client_address"),
            createdAt: try fields.required("created_at"),
            usedAt: try fields.optional("used_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "id": id.document,
            "merchant_id": merchantID.document,
            "livemode": livemode.document,
            "card": card.document,
            "billing_details": billingDetails.document,
            "client_address": .optional(clientAddress),
            "created_at": createdAt.document,
            "used_at": .optional(usedAt),
        ]
    }
}
