import Money

extension Payment {
    /// How long a held authorization lasts.
    public static let authorizationLifetimeSeconds: Int64 = 7 * 24 * 60 * 60

    /// Our fee on a captured amount.
    func fee(on amount: Money) -> Money {
        do {
            return try feePolicy.fee(on: amount)
        } catch {
            preconditionFailure("a captured amount is positive, so it has a fee")
        }
    }

    /// The part of the fee that goes back with a refund: the cumulative share of all refunds that
    /// count, less what has gone back already.
    ///
    /// A failed refund takes its share with it, which can leave one minor unit more given back than
    /// the remaining refunds call for; the next share is then smaller, never negative.
    func feeReturned(refunding amount: Money, of capture: Capture) -> Money {
        // Refunds that wait have no share yet.
        let taken = returns.filter { !$0.isWaiting }.reduce(0) { $0 + $1.amount.minorUnits }
        switch refundFeePolicy {
        case .kept: return .zero(amount.currency)
        case .returned:
            do {
                return try CumulativeAllocation(
                    of: capture.fee,
                    over: capture.amount,
                    taken: Money(minorUnits: taken, currency: amount.currency),
                    given: Money(minorUnits: feeReturnedMinorUnits, currency: amount.currency)
                ).share(of: amount)
            } catch {
                preconditionFailure("a refund is at most what is left, so it has a share")
            }
        }
    }
}
