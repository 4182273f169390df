public import JSON
public import Money

/// A card that can be charged, with the customer's billing details.
public struct PaymentMethod: Sendable, Equatable {
    /// Its identifier; also names its event stream.
    public let id: PaymentMethodID
    /// The merchant who stored it.
    public let merchantID: MerchantID
    /// Whether it can move real money.
    public let livemode: Bool
    /// The card behind it.
    public let card: CardDetails
    /// Address, e-mail, name and phone as the merchant gave them; an object.
    public let billingDetails: JSON
    /// The merchant's pairs.
    public let metadata: Metadata
    /// Stripe's `allow_redisplay` word; shown, never interpreted here.
    public let allowRedisplay: String
    /// When it was stored.
    public let createdAt: Timestamp

    /// Creates the value from its parts.
    public init(
        id: PaymentMethodID,
        merchantID: MerchantID,
        livemode: Bool,
        card: CardDetails,
        billingDetails: JSON,
        metadata: Metadata,
        allowRedisplay: String,
        createdAt: Timestamp
    ) {
        self.id = id
        self.merchantID = merchantID
        self.livemode = livemode
        self.card = card
        self.billingDetails = billingDetails
        self.metadata = metadata
        self.allowRedisplay = allowRedisplay
        self.createdAt = createdAt
    }
}

extension PaymentMethod: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            merchantID: try fields.required("merchant_id"),
            livemode: try fields.required("livemode"),
            card: try fields.required("card"),
            billingDetails: try fields.required("billing_details"),
            metadata: try fields.required("metadata"),
            allowRedisplay: try fields.required("allow_redisplay"),
            createdAt: try fields.required("created_at")
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
            "metadata": metadata.document,
            "allow_redisplay": allowRedisplay.document,
            "created_at": createdAt.document,
        ]
    }
}
