public import JSON
public import Money

/// Names a payout, and names its event stream.
public struct PayoutID: Identifier {
    /// The prefix that names the kind.
    public static let prefix = "po_"
    /// The whole text, prefix included.
    public let rawValue: String

    /// Takes a text that has already been checked.
    public init(checked rawValue: String) { self.rawValue = rawValue }
}

/// Where a payout stands; Stripe's words.
public enum PayoutStatus: String, Sendable, CaseIterable, DocumentWord {
    /// Made, and not yet in a file for the bank: it can be canceled.
    case pending
    /// In a file for the bank, whose word is waited for.
    case inTransit = "in_transit"
    /// Booked by the bank.
    case paid
    /// Refused by the bank, or sent back by the merchant's bank; the money is available again.
    case failed
    /// Taken back before it went out; the money is available again.
    case canceled
}

/// A payout was made: the money is set apart.
public struct PayoutCreated: Sendable, Equatable {
    /// The payout.
    public let payoutID: PayoutID
    /// Whose money it is.
    public let merchantID: MerchantID
    /// Whether it is real money.
    public let livemode: Bool
    /// How much.
    public let amount: Money
    /// Whether the schedule made it, and not the merchant.
    public let isAutomatic: Bool
    /// From when it may go to the bank; until then it can be canceled.
    public let sendAt: Timestamp
    /// The day on which it is expected to arrive.
    public let arrivalAt: Timestamp
    /// Where it goes.
    public let destination: PayoutDestination
    /// The merchant's words about it.
    public let description: String?
    /// What the merchant's bank statement shows.
    public let statementDescriptor: String?
    /// The merchant's own pairs.
    public let metadata: Metadata

    /// Creates the value from its parts.
    public init(
        payoutID: PayoutID,
        merchantID: MerchantID,
        livemode: Bool,
        amount: Money,
        isAutomatic: Bool,
        sendAt: Timestamp,
        arrivalAt: Timestamp,
        destination: PayoutDestination,
        description: String? = nil,
        statementDescriptor: String? = nil,
        metadata: Metadata = Metadata()
    ) {
        self.payoutID = payoutID
        self.merchantID = merchantID
        self.livemode = livemode
        self.amount = amount
        self.isAutomatic = isAutomatic
        self.sendAt = sendAt
        self.arrivalAt = arrivalAt
        self.destination = destination
        self.description = description
        self.statementDescriptor = statementDescriptor
        self.metadata = metadata
    }
}

/// A fact about a payout.
public enum PayoutEvent: Sendable, Equatable {
    /// It was made.
    case created(PayoutCreated)
    /// The merchant's pairs were changed.
    case updated(MetadataChange)
    /// It was written into a file for the bank.
    case sent(fileID: String)
    /// The bank booked it; the bank's reference of the entry.
    case paid(bankReference: String)
    /// The merchant's bank sent it back after it was booked; the code says why.
    case returned(reason: String)
    /// It did not arrive; the code of ISO 20022 says why.
    case failed(reason: String)
    /// It was taken back before it went out.
    case canceled

    /// The closed set of wire names.
    public enum Kind: String, Sendable, CaseIterable {
        case created = "payout_created"
        case updated = "payout_updated"
        case sent = "payout_sent"
        case paid = "payout_paid"
        case returned = "payout_returned"
        case failed = "payout_failed"
        case canceled = "payout_canceled"
    }

    /// Which kind of fact it is.
    public var kind: Kind {
        switch self {
        case .created: .created
        case .updated: .updated
        case .sent: .sent
        case .paid: .paid
        case .returned: .returned
        case .failed: .failed
        case .canceled: .canceled
        }
    }
}

/// A payout: money that goes from the merchant's available balance to its bank account.
public struct Payout: Sendable, Equatable {
    /// How it was made.
    public let creation: PayoutCreated
    /// How many events it was folded from.
    public private(set) var version: Int32
    /// When it was made.
    public let createdAt: Timestamp
    /// Where it stands.
    public private(set) var status = PayoutStatus.pending
    /// The merchant's own pairs.
    public private(set) var metadata: Metadata
    /// The file that it went to the bank in, once it has.
    public private(set) var fileID: String?
    /// The bank's reference, once it was booked.
    public private(set) var bankReference: String?
    /// Why it did not arrive, if it did not.
    public private(set) var failure: String?
    /// The event that gave the money back, if one did.
    public private(set) var reversedVersion: Int32?
    /// Whether the bank booked it and then sent it back, which its failure follows.
    public private(set) var isReturned = false

    /// Its identifier.
    public var id: PayoutID { creation.payoutID }
    /// Whose money it is.
    public var merchantID: MerchantID { creation.merchantID }
    /// How much.
    public var amount: Money { creation.amount }

    /// Folds one fact in; nil where the fact has no place there.
    ///
    /// | fact | pending | in transit | paid | returned | failed, canceled |
    /// |---|---|---|---|---|---|
    /// | `payout_sent` | in transit | | | | |
    /// | `payout_canceled` | canceled | | | | |
    /// | `payout_paid` | | paid | | | |
    /// | `payout_returned` | | | returned | | |
    /// | `payout_failed` | | failed | | failed | |
    /// | `payout_updated` | same | same | same | same | same |
    public static func evolve(
        _ before: Payout?,
        by event: PayoutEvent,
        version: Int32,
        at time: Timestamp
    ) -> Payout? {
        guard var payout = before else {
            guard case .created(let creation) = event, creation.amount.minorUnits > 0 else {
                return nil
            }
            return Payout(creation: creation, version: version, createdAt: time)
        }
        switch (event, payout.status) {
        case (.updated(let change), _): payout.metadata = payout.metadata.applying(change)
        case (.sent(let fileID), .pending):
            payout.status = .inTransit
            payout.fileID = fileID
        case (.canceled, .pending):
            payout.status = .canceled
            payout.reversedVersion = version
        case (.paid(let reference), .inTransit):
            payout.status = .paid
            payout.bankReference = reference
        case (.returned(let reason), .paid) where !payout.isReturned:
            payout.isReturned = true
            payout.failure = reason
        case (.failed(let reason), .inTransit), (.failed(let reason), .paid):
            guard payout.status == .inTransit || payout.isReturned else { return nil }
            payout.status = .failed
            payout.failure = reason
            payout.reversedVersion = version
        case (.created, _), (.sent, _), (.canceled, _), (.paid, _), (.returned, _), (.failed, _):
            return nil
        }
        payout.version = version
        return payout
    }

    private init(creation: PayoutCreated, version: Int32, createdAt: Timestamp) {
        self.creation = creation
        self.version = version
        self.createdAt = createdAt
        metadata = creation.metadata
    }
}

extension Payout: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            creation: try fields.required("creation"),
            version: try fields.required("version"),
            createdAt: try fields.required("created_at")
        )
        status = try fields.required("status")
        metadata = try fields.required("metadata")
        fileID = try fields.optional("file_id")
        bankReference = try fields.optional("bank_reference")
        failure = try fields.optional("failure")
        reversedVersion = try fields.optional("reversed_version")
        isReturned = try fields.required("is_returned")
    }

    /// The stored form.
    public var document: JSON {
        [
            "creation": creation.document,
            "version": version.document,
            "created_at": createdAt.document,
            "status": status.document,
            "metadata": metadata.document,
            "file_id": .optional(fileID),
            "bank_reference": .optional(bankReference),
            "failure": .optional(failure),
            "reversed_version": .optional(reversedVersion),
            "is_returned": isReturned.document,
        ]
    }
}
