public import Money

/// How well an endpoint does, and what may be sent to it because of that.
///
/// A pure value: the webhook service locks its row, asks it, changes it and stores it.
public struct EndpointHealth: Sendable, Equatable {
    /// The most deliveries in flight to an endpoint that nothing is known of: what one that hangs from
    /// the start takes from the others.
    public static let initialInFlight: Int64 = 32
    /// The most deliveries in flight to one endpoint that takes all of them.
    public static let maximumInFlight: Int64 = 128
    /// How long an endpoint may fail without exception before it is switched off.
    public static let failureSeconds: Int64 = 5 * 86_400
    /// The parts of that time, in percent, at which its merchant is told.
    public static let warningPercents: [Int32] = [50, 70, 90]

    /// What may be sent now.
    public enum Allowance: Sendable, Equatable {
        /// Up to so many deliveries that are due.
        case upTo(Int64)
        /// The oldest delivery alone, due or not.
        case probe
        /// Nothing before a moment; nil when the end of what is in flight has to come first.
        case nothing(until: Timestamp?)
    }

    /// What the merchant, or the product, has to be told after an attempt.
    public enum Report: Sendable, Equatable {
        /// It has failed without exception for a part of the time.
        case failing(percent: Int32, since: Timestamp)
        /// It has failed for all of the time and must be switched off.
        case failed
        /// It said that it is gone.
        case gone

        /// Whether the endpoint is switched off because of it.
        public var endsIt: Bool {
            switch self {
            case .failing: false
            case .failed, .gone: true
            }
        }
    }

    private(set) var rate: DeliveryRate
    /// Whether and until when deliveries are held back.
    public private(set) var breaker: CircuitBreaker
    /// How many deliveries may be in flight; it grows by one with each that is taken, and is halved
    /// by each that gets stuck.
    public private(set) var window: Int64
    /// The first failure since the last success.
    public private(set) var failingSince: Timestamp?
    /// The last warning that was given.
    private(set) var warnedPercent: Int32

    init(
        rate: DeliveryRate,
        breaker: CircuitBreaker,
        window: Int64,
        failingSince: Timestamp?,
        warnedPercent: Int32
    ) {
        self.rate = rate
        self.breaker = breaker
        self.window = window
        self.failingSince = failingSince
        self.warnedPercent = warnedPercent
    }

    /// An endpoint that nothing is known of.
    public init(at now: Timestamp) {
        self.init(
            rate: DeliveryRate(perSecond: DeliveryRate.usualPerSecond, at: now),
            breaker: CircuitBreaker(),
            window: Self.initialInFlight,
            failingSince: nil,
            warnedPercent: 0
        )
    }

    /// Says what may be sent.
    public mutating func allowance(
        limitPerSecond: Int64?,
        inFlight: Int64,
        at now: Timestamp
    ) -> Allowance {
        if let openUntil = breaker.openUntil {
            guard openUntil <= now else { return .nothing(until: openUntil) }
            return inFlight == 0 ? .probe : .nothing(until: nil)
        }
        guard inFlight < window else { return .nothing(until: nil) }
        let limit = limitPerSecond ?? DeliveryRate.usualPerSecond
        let tokens = rate.available(limit: limit, at: now)
        guard tokens > 0 else { return .nothing(until: rate.nextToken(limit: limit)) }
        return .upTo(min(window - inFlight, tokens))
    }

    /// Takes note that deliveries were claimed.
    public mutating func claimed(_ count: Int64) { rate.spend(count) }

    /// Takes note of an attempt's end; the answer is what has to be told.
    public mutating func record(
        _ outcome: DeliveryOutcome,
        isProbe: Bool,
        limitPerSecond: Int64?,
        at now: Timestamp
    ) -> Report? {
        let limit = limitPerSecond ?? DeliveryRate.usualPerSecond
        if outcome.isTooMany {
            rate.lower(recentPerSecond: breaker.recentPerSecond(at: now), limit: limit, at: now)
        } else {
            rate.recover(limit: limit, at: now)
        }
        breaker.record(succeeded: outcome.isDelivered, isProbe: isProbe, at: now)
        if outcome.isDelivered {
            window = min(window + 1, Self.maximumInFlight)
            failingSince = nil
            warnedPercent = 0
            return nil
        }
        if outcome.isStuck { window = max(1, window / 2) }
        if outcome.status == 410 { return .gone }
        return fail(at: now)
    }

    private mutating func fail(at now: Timestamp) -> Report? {
        guard let since = failingSince else {
            failingSince = now
            return nil
        }
        let elapsed = now.microseconds(since: since) / 1_000_000
        guard elapsed < Self.failureSeconds else { return .failed }
        let percent = Int32(elapsed * 100 / Self.failureSeconds)
        guard let reached = Self.warningPercents.last(where: { $0 <= percent }),
            reached > warnedPercent
        else { return nil }
        warnedPercent = reached
        return .failing(percent: reached, since: since)
    }
}
