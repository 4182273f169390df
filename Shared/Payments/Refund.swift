public import JSON
public import Money

/// What a refund gives back.
public enum RefundPurpose: String, Sendable, CaseIterable, DocumentWord {
    /// Money that was captured; journals follow.
    case returnCaptured = "return_captured"
    /// An authorization that was never captured; no money moves.
    case releaseUncaptured = "release_uncaptured"
}

/// Why a refund was made; the last is ours to give, not the merchant's.
public enum RefundReason: String, Sendable, CaseIterable, DocumentWord {
    case duplicate
    case fraudulent
    case requestedByCustomer = "requested_by_customer"
    case expiredUncapturedCharge = "expired_uncaptured_charge"
}

/// Where a refund stands.
public enum RefundStatus: String, Sendable, CaseIterable, DocumentWord {
    /// Told to the network, or waiting for the merchant's money; not final.
    case pending
    /// The network took it.
    case succeeded
    /// The network refused it or sent it back, and the money is back with the merchant; or it
    /// waited for money that never came.
    case failed
    /// The merchant took it back while it waited for money.
    case canceled
}

/// Why a refund failed.
public enum RefundFailureReason: String, Sendable, CaseIterable, DocumentWord {
    case lostOrStolenCard = "lost_or_stolen_card"
    case expiredOrCanceledCard = "expired_or_canceled_card"
    case declined
    /// The merchant's balance did not recover in time.
    case insufficientFunds = "insufficient_funds"
    /// The customer's bank had taken the money back itself by then.
    case disputed = "charge_for_pending_refund_disputed"
    case unknown
}

/// Money on its way back to the customer; a child of its payment.
public struct Refund: Sendable, Equatable {
    /// Its identifier.
    public internal(set) var id: RefundID
    /// The charge that it gives back from.
    public internal(set) var chargeID: ChargeID
    /// What is given back.
    public internal(set) var amount: Money
    /// Whether captured money is returned or an authorization released.
    public internal(set) var purpose: RefundPurpose
    /// What the merchant said.
    public internal(set) var reason: RefundReason?
    /// The merchant's pairs.
    public internal(set) var metadata: Metadata
    /// Where it stands.
    public internal(set) var status: RefundStatus
    /// The part of our fee that goes back with it.
    public internal(set) var feeReturned: Money
    /// The reference of the refund advice; nil for a release.
    public internal(set) var command: NetworkReference?
    /// The transmission time of the advice; nil for a release.
    public internal(set) var sentAt: Timestamp?
    /// Why it failed.
    public internal(set) var failureReason: RefundFailureReason?
    /// When it was recorded.
    public internal(set) var createdAt: Timestamp
    /// The version of the event that made it, from which its journal is named.
    public internal(set) var requestedVersion: Int32
    /// The version of `refund_issued`.
    public internal(set) var issuedVersion: Int32?
    /// The version of `refund_failed`.
    public internal(set) var failedVersion: Int32?
    /// The version of `refund_deferred`, if the refund had to wait for money.
    public internal(set) var deferredVersion: Int32?
    /// Until when it waits for money, or waited when it ended; nil once money was set aside for it.
    public internal(set) var waitsUntil: Timestamp?
    /// What the network moved when the customer's bank sent it back.
    public internal(set) var returned: NetworkMovement?

    /// Whether it waits until the merchant's balance has recovered.
    public var isWaiting: Bool { status == .pending && waitsUntil != nil }
    /// Whether the network owes its last word about it.
    public var isInFlight: Bool { status == .pending && waitsUntil == nil }
    /// Whether it gives captured money back that was taken from the merchant for it.
    public var movedMoney: Bool { purpose == .returnCaptured && waitsUntil == nil }
}

extension Refund: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            id: try fields.required("id"),
            chargeID: try fields.required("charge_id"),
            amount: try fields.required("amount"),
            purpose: try fields.required("purpose"),
            reason: try fields.optional("reason"),
            metadata: try fields.required("metadata"),
            status: try fields.required("status"),
            feeReturned: try fields.required("fee_returned"),
            command: try fields.optional("command"),
            sentAt: try fields.optional("sent_at"),
            failureReason: try fields.optional("failure_reason"),
            createdAt: try fields.required("created_at"),
            requestedVersion: try fields.required("requested_version"),
            issuedVersion: try fields.optional("issued_version"),
            failedVersion: try fields.optional("failed_version"),
            deferredVersion: try fields.optional("deferred_version"),
            waitsUntil: try fields.optional("waits_until"),
            returned: try fields.optional("returned")
        )
    }

    /// The stored form.
    public var document: JSON {
        always.adding("deferred_version", ifPresent: deferredVersion)
            .adding("waits_until", ifPresent: waitsUntil)
            .adding("returned", ifPresent: returned)
    }

    private var always: JSON {
        [
            "id": id.document,
            "charge_id": chargeID.document,
            "amount": amount.document,
            "purpose": purpose.document,
            "reason": .optional(reason),
            "metadata": metadata.document,
            "status": status.document,
            "fee_returned": feeReturned.document,
            "command": .optional(command),
            "sent_at": .optional(sentAt),
            "failure_reason": .optional(failureReason),
            "created_at": createdAt.document,
            "requested_version": requestedVersion.document,
            "issued_version": .optional(issuedVersion),
            "failed_version": .optional(failedVersion),
        ]
    }
}
