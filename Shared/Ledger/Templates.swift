extension JournalTemplate {
    /// Captured: the customer owes the amount, the merchant is owed the net, the fee is ours.
    public static let captured = proved(
        .captured,
        .debit(.customerReceivable, .gross),
        .credit(.merchantEscrowPending, .net),
        .credit(.platformFees, .fee)
    )

    /// Captured, then voided before the network's cut-off: the exact reversal, as if never captured.
    public static let captureVoided = proved(
        .captureVoided,
        .debit(.merchantEscrowPending, .net),
        .debit(.platformFees, .fee),
        .credit(.customerReceivable, .gross)
    )

    /// Refund requested before settlement: out of what is pending for the merchant.
    ///
    /// The fee's part goes back in the same journal; it is nothing where the fee is kept.
    public static let refundRequestedBeforeSettlement = proved(
        .refundRequested,
        .debit(.merchantEscrowPending, .gross),
        .credit(.refundClearing, .gross),
        .debit(.platformFeesRefunded, .fee),
        .credit(.merchantEscrowPending, .fee)
    )

    /// Refund requested after settlement: out of what is available to the merchant.
    public static let refundRequestedAfterSettlement = proved(
        .refundRequested,
        .debit(.merchantEscrowAvailable, .gross),
        .credit(.refundClearing, .gross),
        .debit(.platformFeesRefunded, .fee),
        .credit(.merchantEscrowAvailable, .fee)
    )

    /// Refund cleared: the network owes us less.
    public static let refundCleared = proved(
        .refundCleared,
        .debit(.refundClearing, .gross),
        .credit(.customerReceivable, .gross)
    )

    /// Refund failed: the merchant has the money again, and we have the fee's part again.
    ///
    /// It is available at once, wherever it had been taken from: the customer never got it.
    public static let refundFailed = proved(
        .refundFailed,
        .debit(.refundClearing, .gross),
        .credit(.merchantEscrowAvailable, .gross),
        .debit(.merchantEscrowAvailable, .fee),
        .credit(.platformFeesRefunded, .fee)
    )

    /// A cleared refund came back: the network owes us the money again.
    public static let refundReturned = proved(
        .refundReturned,
        .debit(.customerReceivable, .gross),
        .credit(.refundClearing, .gross)
    )

    /// Dispute opened: the merchant's money is taken, settled or not.
    public static let disputeFundsWithdrawn = proved(
        .disputeFundsWithdrawn,
        .debit(.merchantEscrowAvailable, .gross),
        .credit(.disputeClearing, .gross)
    )

    /// Dispute opened: what it costs the merchant.
    public static let disputeFeeCharged = proved(
        .disputeFeeCharged,
        .debit(.merchantEscrowAvailable, .gross),
        .credit(.disputeFees, .gross)
    )

    /// Dispute opened: the network takes the money from what it owes us.
    public static let disputeChargedBack = proved(
        .disputeChargedBack,
        .debit(.disputeClearing, .gross),
        .credit(.customerReceivable, .gross)
    )

    /// Dispute won: the network owes us the money again.
    public static let disputeRepresented = proved(
        .disputeRepresented,
        .debit(.customerReceivable, .gross),
        .credit(.disputeClearing, .gross)
    )

    /// Dispute won: the merchant has the money again.
    public static let disputeFundsReinstated = proved(
        .disputeFundsReinstated,
        .debit(.disputeClearing, .gross),
        .credit(.merchantEscrowAvailable, .gross)
    )

    /// Dispute won: the fee goes back, where the merchant's policy says so.
    public static let disputeFeeReturned = proved(
        .disputeFeeReturned,
        .debit(.disputeFees, .gross),
        .credit(.merchantEscrowAvailable, .gross)
    )

    /// Payout created: what was available is on its way.
    public static let payoutCreated = proved(
        .payoutCreated,
        .debit(.merchantEscrowAvailable, .gross),
        .credit(.payoutClearing, .gross)
    )

    /// Payout paid: the bank has booked it.
    public static let payoutPaid = proved(
        .payoutPaid,
        .debit(.payoutClearing, .gross),
        .credit(.bankEscrow, .gross)
    )

    /// Payout returned: the bank has the money again, and the merchant not yet.
    public static let payoutReturned = proved(
        .payoutReturned,
        .debit(.bankEscrow, .gross),
        .credit(.payoutClearing, .gross)
    )

    /// Payout refused, sent back or canceled: what was on its way is available again.
    public static let payoutReversed = proved(
        .payoutReversed,
        .debit(.payoutClearing, .gross),
        .credit(.merchantEscrowAvailable, .gross)
    )

    /// Two people put a discrepancy right: from one account to another, whichever they agreed on.
    ///
    /// - Throws: When one of them is not in the chart, is not adjustable, or both are the same.
    public static func adjusted(
        debit: Int16,
        credit: Int16
    ) throws(LedgerError) -> JournalTemplate {
        guard let debited = AccountCode(rawValue: debit), debited.isAdjustable else {
            throw .notAdjustable(debit)
        }
        guard let credited = AccountCode(rawValue: credit), credited.isAdjustable,
            credited != debited
        else { throw .notAdjustable(credit) }
        return try JournalTemplate(
            kind: .adjusted,
            legs: [.debit(debited, .gross), .credit(credited, .gross)]
        )
    }

    /// Every template that does not depend on what people agree.
    public static let all: [JournalTemplate] = [
        payoutCreated, payoutPaid, payoutReturned, payoutReversed,
        captured, captureVoided, refundRequestedBeforeSettlement, refundRequestedAfterSettlement,
        refundCleared, refundFailed, refundReturned, disputeFundsWithdrawn, disputeFeeCharged,
        disputeChargedBack, disputeRepresented, disputeFundsReinstated, disputeFeeReturned,
    ]

    private static func proved(_ kind: JournalKind, _ legs: Leg...) -> JournalTemplate {
        do {
            return try JournalTemplate(kind: kind, legs: legs)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
