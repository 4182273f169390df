import Money

/// The deliveries that an endpoint may get in a second, counted as tokens that come evenly.
///
/// An endpoint that answers 429 or 503 gets half of what it had of late, and then a quarter more
/// each second without such an answer.
public struct DeliveryRate: Sendable, Equatable {
    /// The rate of an endpoint that asks for none.
    public static let usualPerSecond: Int64 = 5_000
    /// The highest rate that an endpoint may ask for.
    public static let maximumPerSecond: Int64 = 50_000

    private static let perToken: Int64 = 1_000_000

    /// Tokens at hand, in millionths.
    private(set) var millionths: Int64
    /// When they were counted.
    private(set) var countedAt: Timestamp
    /// The rate after the endpoint asked for less; nil when it did not.
    private(set) var loweredPerSecond: Int64?
    /// When the rate was last changed.
    private(set) var changedAt: Timestamp

    init(
        millionths: Int64,
        countedAt: Timestamp,
        loweredPerSecond: Int64? = nil,
        changedAt: Timestamp
    ) {
        self.millionths = millionths
        self.countedAt = countedAt
        self.loweredPerSecond = loweredPerSecond
        self.changedAt = changedAt
    }

    /// Begins with one second's worth.
    init(perSecond: Int64, at now: Timestamp) {
        self.init(millionths: perSecond * Self.perToken, countedAt: now, changedAt: now)
    }

    /// What is allowed in a second now.
    func perSecond(limit: Int64) -> Int64 { min(limit, loweredPerSecond ?? limit) }

    /// How many deliveries may go out now.
    mutating func available(limit: Int64, at now: Timestamp) -> Int64 {
        let rate = perSecond(limit: limit)
        let elapsed = min(max(0, now.microseconds(since: countedAt)), Self.perToken)
        let most = rate * Self.perToken
        millionths = min(millionths, most)
        millionths = min(most, millionths + elapsed * rate)
        countedAt = max(countedAt, now)
        return millionths / Self.perToken
    }

    /// Spends tokens that were available.
    mutating func spend(_ count: Int64) {
        millionths = max(0, millionths - count * Self.perToken)
    }

    /// When the next token will be there.
    func nextToken(limit: Int64) -> Timestamp {
        let rate = max(1, perSecond(limit: limit))
        let missing = max(0, Self.perToken - millionths)
        return countedAt.adding(microseconds: (missing + rate - 1) / rate)
    }

    /// Lowers the rate after a receiver asked for less.
    mutating func lower(recentPerSecond: Int64, limit: Int64, at now: Timestamp) {
        let rate = min(perSecond(limit: limit), recentPerSecond)
        loweredPerSecond = max(1, rate / 2)
        changedAt = now
    }

    /// Raises a lowered rate, once a second.
    mutating func recover(limit: Int64, at now: Timestamp) {
        guard let lowered = loweredPerSecond, now.microseconds(since: changedAt) >= 1_000_000 else {
            return
        }
        let raised = lowered + max(1, lowered / 4)
        loweredPerSecond = raised >= limit ? nil : raised
        changedAt = now
    }
}
