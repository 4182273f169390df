/// Where a dispute stands; Stripe's words.
///
/// An inquiry (`warning_…`) has taken no money; a chargeback has.
public enum DisputeStatus: String, Sendable, CaseIterable, Hashable, DocumentWord {
    case warningNeedsResponse = "warning_needs_response"
    case warningUnderReview = "warning_under_review"
    case warningClosed = "warning_closed"
    case needsResponse = "needs_response"
    case underReview = "under_review"
    case won
    case lost

    /// Whether a dispute can move from this status to another in one step.
    public func canBecome(_ next: DisputeStatus) -> Bool {
        DisputeTransition.legal.contains(DisputeTransition(from: self, to: next))
    }

    /// Whether it has come to its end.
    public var isTerminal: Bool {
        switch self {
        case .warningClosed, .won, .lost: true
        case .warningNeedsResponse, .warningUnderReview, .needsResponse, .underReview: false
        }
    }

    /// Whether the merchant is asked.
    public var needsAnswer: Bool {
        switch self {
        case .warningNeedsResponse, .needsResponse: true
        case .warningUnderReview, .warningClosed, .underReview, .won, .lost: false
        }
    }

    /// Whether it is about an inquiry, so that the network has taken nothing.
    public var isInquiry: Bool {
        switch self {
        case .warningNeedsResponse, .warningUnderReview, .warningClosed: true
        case .needsResponse, .underReview, .won, .lost: false
        }
    }

    /// What it is once evidence is with the network.
    var reviewed: DisputeStatus { isInquiry ? .warningUnderReview : .underReview }

    /// What it is when the merchant gives up.
    var givenUp: DisputeStatus { isInquiry ? .warningClosed : .lost }
}

/// One legal step between two statuses of a dispute.
public struct DisputeTransition: Sendable, Hashable {
    /// The status that is left.
    public let from: DisputeStatus
    /// The status that is entered.
    public let to: DisputeStatus

    /// Names a step; whether it is legal is for the table to say.
    public init(from: DisputeStatus, to: DisputeStatus) {
        self.from = from
        self.to = to
    }

    /// The whole table, as data; the database holds the same rows.
    public static let legal: Set<DisputeTransition> = Set(
        rows.flatMap { row in row.to.map { DisputeTransition(from: row.from, to: $0) } }
    )

    private static let rows: [(from: DisputeStatus, to: [DisputeStatus])] = [
        // To needs_response: the customer's bank takes the money after all.
        (.warningNeedsResponse, [.warningUnderReview, .warningClosed, .needsResponse]),
        (.warningUnderReview, [.warningClosed, .needsResponse]),
        (.needsResponse, [.underReview, .lost]),
        (.underReview, [.won, .lost]),
        (.warningClosed, []),
        (.won, []),
        (.lost, []),
    ]
}

/// Why the customer's bank disputes a charge; Stripe's words.
public enum DisputeReason: String, Sendable, CaseIterable, DocumentWord {
    case bankCannotProcess = "bank_cannot_process"
    case checkReturned = "check_returned"
    case creditNotProcessed = "credit_not_processed"
    case customerInitiated = "customer_initiated"
    case debitNotAuthorized = "debit_not_authorized"
    case duplicate
    case fraudulent
    case general
    case incorrectAccountDetails = "incorrect_account_details"
    case insufficientFunds = "insufficient_funds"
    case noncompliant
    case productNotReceived = "product_not_received"
    case productUnacceptable = "product_unacceptable"
    case subscriptionCanceled = "subscription_canceled"
    case unrecognized
}
