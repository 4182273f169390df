public import JSON
public import Money

/// Names an early fraud warning.
public struct EarlyFraudWarningID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "issfr_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// The customer's bank suspects fraud and has disputed nothing (yet); a child of its payment.
public struct EarlyFraudWarning: Sendable, Equatable {
    /// Its identifier.
    public let id: EarlyFraudWarningID
    /// The charge.
    public let chargeID: ChargeID
    /// Stripe's word for the kind of fraud.
    public let fraudType: String
    /// The reference of the network's notice.
    public let reference: NetworkReference
    /// When it was recorded.
    public let createdAt: Timestamp
}

extension Payment {
    /// The warning of an identifier.
    public func fraudWarning(_ id: EarlyFraudWarningID) -> EarlyFraudWarning? {
        fraudWarnings.first { $0.id == id }
    }

    /// Whether the merchant can still do something about a warning: give the money back before it
    /// is disputed.
    public func isActionable(_ warning: EarlyFraudWarning) -> Bool {
        refundableMinorUnits > 0 && !disputes.contains { $0.chargeID == warning.chargeID }
    }
}

/// The network brought an early fraud warning.
public struct FraudWarningReceived: Sendable, Equatable {
    /// The warning.
    public let warningID: EarlyFraudWarningID
    /// The charge.
    public let chargeID: ChargeID
    /// Stripe's word for the kind of fraud.
    public let fraudType: String
    /// The reference of the network's notice.
    public let reference: NetworkReference

    /// Creates the value from its parts.
    public init(
        warningID: EarlyFraudWarningID,
        chargeID: ChargeID,
        fraudType: String,
        reference: NetworkReference
    ) {
        self.warningID = warningID
        self.chargeID = chargeID
        self.fraudType = fraudType
        self.reference = reference
    }
}

extension EarlyFraudWarning: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            chargeID: try fields.required("charge_id"),
            fraudType: try fields.required("fraud_type"),
            reference: try fields.required("reference"),
            createdAt: try fields.required("created_at")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "id": id.document,
            "charge_id": chargeID.document,
            "fraud_type": fraudType.document,
            "reference": reference.document,
            "created_at": createdAt.document,
        ]
    }
}

extension FraudWarningReceived: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            warningID: try fields.required("warning_id"),
            chargeID: try fields.required("charge_id"),
            fraudType: try fields.required("fraud_type"),
            reference: try fields.required("reference")
        )
    }

    /// The stored form.
    public var document: JSON {
        [
            "warning_id": warningID.document,
            "charge_id": chargeID.document,
            "fraud_type": fraudType.document,
            "reference": reference.document,
        ]
    }
}
