public import JSON
public import Money

/// What a key may do.
public enum APIKeyKind: String, Sendable, CaseIterable, DocumentWord {
    /// Everything on the merchant's account.
    case secret
    /// Tokenize, and confirm with a client secret.
    case publishable
    /// What its scopes say.
    case restricted
}

/// What happens to our fee when a payment is refunded.
public enum RefundFeePolicy: String, Sendable, CaseIterable, DocumentWord {
    /// The fee stays with us.
    case kept
    /// The fee goes back in proportion to the refunded amount.
    case returned
}

/// What a chargeback costs a merchant, and whether a win gives it back.
public struct DisputeFeePolicy: Sendable, Equatable {
    /// The fee of merchants without a policy of their own; it comes back on a win.
    public static let standard = DisputeFeePolicy(feeMinorUnits: 1_500, isReturnedOnWin: true)

    /// The fee for each chargeback, in minor units of the charge's currency; may be nothing.
    public let feeMinorUnits: Int64
    /// Whether it comes back when the dispute is won.
    public let isReturnedOnWin: Bool

    /// Creates the value from its parts.
    public init(feeMinorUnits: Int64, isReturnedOnWin: Bool) {
        self.feeMinorUnits = feeMinorUnits
        self.isReturnedOnWin = isReturnedOnWin
    }
}

extension DisputeFeePolicy: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            feeMinorUnits: try fields.required("fee_minor_units"),
            isReturnedOnWin: try fields.required("is_returned_on_win")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "fee_minor_units": feeMinorUnits.document,
            "is_returned_on_win": isReturnedOnWin.document,
        ]
    }
}

/// A merchant's key as it is stored: only its hash, never the key.
public struct APIKey: Sendable, Equatable {
    /// SHA-256 of the key, in lower-case hexadecimal.
    public let hash: String
    /// What it may do.
    public let kind: APIKeyKind
    /// When it was made.
    public let createdAt: Timestamp
    /// From when it is refused; nil while it does not end.
    public let expiresAt: Timestamp?

    /// Creates the value from its parts.
    public init(
        hash: String,
        kind: APIKeyKind,
        createdAt: Timestamp,
        expiresAt: Timestamp? = nil
    ) {
        self.hash = hash
        self.kind = kind
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// A merchant, with the policies that its payments are made under.
public struct Merchant: Sendable, Equatable {
    /// Its identifier; also names its event stream.
    public let id: MerchantID
    /// The one mode that the merchant lives in.
    public let livemode: Bool
    /// ISO 3166 alpha-2.
    public let country: String
    /// Used where a request names none.
    public let defaultCurrency: Currency
    /// Our fee on a captured payment.
    public let feePolicy: FeePolicy
    /// What a refund does to that fee.
    public let refundFeePolicy: RefundFeePolicy
    /// What cardholders read on their statement, 22 characters at most.
    public let statementDescriptor: String
    /// The API version that the merchant is pinned to.
    public let apiVersion: String
    /// Business days between capture and payout.
    public let payoutDelayDays: Int32
    /// The keys it was created with.
    public let keys: [APIKey]
    /// When it was created.
    public let createdAt: Timestamp
    /// When a demo merchant is forgotten; nil for others.
    public let expiresAt: Timestamp?
    /// What chargebacks cost, where it is not the standard.
    public let ownDisputeFeePolicy: DisputeFeePolicy?

    /// What chargebacks cost.
    public var disputeFeePolicy: DisputeFeePolicy { ownDisputeFeePolicy ?? .standard }

    /// Creates the value from its parts.
    public init(
        id: MerchantID,
        livemode: Bool,
        country: String,
        defaultCurrency: Currency,
        feePolicy: FeePolicy,
        refundFeePolicy: RefundFeePolicy,
        statementDescriptor: String,
        apiVersion: String,
        payoutDelayDays: Int32,
        keys: [APIKey],
        createdAt: Timestamp,
        expiresAt: Timestamp? = nil,
        disputeFeePolicy: DisputeFeePolicy? = nil
    ) {
        self.id = id
        self.livemode = livemode
        self.country = country
        self.defaultCurrency = defaultCurrency
        self.feePolicy = feePolicy
        self.refundFeePolicy = refundFeePolicy
        self.statementDescriptor = statementDescriptor
        self.apiVersion = apiVersion
        self.payoutDelayDays = payoutDelayDays
        self.keys = keys
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        ownDisputeFeePolicy = disputeFeePolicy
    }
}

extension APIKey: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            hash: try fields.required("hash"),
            kind: try fields.required("kind"),
            createdAt: try fields.required("created_at"),
            expiresAt: try fields.optional("expires_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "hash": hash.document,
            "kind": kind.document,
            "created_at": createdAt.document,
            "expires_at": .optional(expiresAt),
        ]
    }
}

extension Merchant: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            livemode: try fields.required("livemode"),
            country: try fields.required("country"),
            defaultCurrency: try fields.required("default_currency"),
            feePolicy: try fields.required("fee_policy"),
            refundFeePolicy: try fields.required("refund_fee_policy"),
            statementDescriptor: try fields.required("statement_descriptor"),
            apiVersion: try fields.required("api_version"),
            payoutDelayDays: try fields.required("payout_delay_days"),
            keys: try fields.list("keys"),
            createdAt: try fields.required("created_at"),
            expiresAt: try fields.optional("expires_at"),
            disputeFeePolicy: try fields.optional("dispute_fee_policy")
        )
    }

    /// The stored form.
    public var document: JSON {
        always.adding("dispute_fee_policy", ifPresent: ownDisputeFeePolicy)
    }

    private var always: JSON {
        [
            "id": id.document,
            "livemode": livemode.document,
            "country": country.document,
            "default_currency": defaultCurrency.document,
            "fee_policy": feePolicy.document,
            "refund_fee_policy": refundFeePolicy.document,
            "statement_descriptor": statementDescriptor.document,
            "api_version": apiVersion.document,
            "payout_delay_days": payoutDelayDays.document,
            "keys": .list(keys),
            "created_at": createdAt.document,
            "expires_at": .optional(expiresAt),
        ]
    }
}
