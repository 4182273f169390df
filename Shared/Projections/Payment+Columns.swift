public import Money
public import Payments

/// What a payment's row says beside its document.
extension Payment {
    /// Since when somebody owes the payment an end, or from when on: the oldest message to the
    /// network whose outcome is open, or the moment at which a held authorization lapses.
    ///
    /// The sweeper looks at payments whose moment has passed and that nobody works on; a payment
    /// without such a moment waits for nothing but its merchant.
    public var unresolvedSince: Timestamp? {
        let attempts = attempts.compactMap(\.unresolvedSince)
        let refunds = refunds.filter { $0.status == .pending }.map {
            $0.waitsUntil ?? $0.createdAt
        }
        return (attempts + refunds).min()
    }

    /// What the network approved for the latest attempt.
    var authorizedMinorUnits: Int64 { latestAttempt?.authorizedMinorUnits ?? 0 }
}

extension Attempt {
    fileprivate var unresolvedSince: Timestamp? {
        if isCapturable { return authorization?.captureBefore }
        guard isInFlight else { return nil }
        return captureRequest?.sentAt ?? voidRequest?.sentAt ?? createdAt
    }
}

extension CardToken {
    /// How many events the token has: it is made, and spent once.
    var version: Int32 { isUsed ? 2 : 1 }
}
