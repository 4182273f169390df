/// A moment, in whole microseconds since the beginning of 1970 in UTC.
///
/// The rules never read a clock: they are told the time. Arithmetic stops at the ends of the range
/// (some 292,000 years away) instead of trapping.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before it.
    public let microsecondsSinceEpoch: Int64

    /// Makes the moment from microseconds.
    public init(microsecondsSinceEpoch: Int64) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
    }

    /// Makes the moment from whole seconds.
    public init(secondsSinceEpoch: Int64) {
        microsecondsSinceEpoch = Self.product(secondsSinceEpoch, Self.microsecondsPerSecond)
    }

    /// Whole seconds since 1970, rounded towards the past; what Stripe's `created` shows.
    public var secondsSinceEpoch: Int64 { Self.floor(microsecondsSinceEpoch, 1_000_000) }

    /// Whole milliseconds since 1970, rounded towards the past.
    public var millisecondsSinceEpoch: Int64 { Self.floor(microsecondsSinceEpoch, 1_000) }

    /// The moment that many seconds later, or earlier when negative.
    public func adding(seconds: Int64) -> Timestamp {
        adding(microseconds: Self.product(seconds, Self.microsecondsPerSecond))
    }

    /// The moment that many milliseconds later, or earlier when negative.
    public func adding(milliseconds: Int64) -> Timestamp {
        adding(microseconds: Self.product(milliseconds, 1_000))
    }

    /// The moment that many microseconds later, or earlier when negative.
    public func adding(microseconds: Int64) -> Timestamp {
        let (sum, overflows) = microsecondsSinceEpoch.addingReportingOverflow(microseconds)
        guard overflows else { return Timestamp(microsecondsSinceEpoch: sum) }
        return Timestamp(microsecondsSinceEpoch: microseconds > 0 ? .max : .min)
    }

    /// The microseconds from an earlier moment to this one; negative when it is later.
    public func microseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflows) = microsecondsSinceEpoch.subtractingReportingOverflow(
            earlier.microsecondsSinceEpoch
        )
        guard overflows else { return difference }
        return microsecondsSinceEpoch > earlier.microsecondsSinceEpoch ? .max : .min
    }

    /// Whether one moment is before another.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
    }

    private static let microsecondsPerSecond: Int64 = 1_000_000

    private static func product(_ count: Int64, _ factor: Int64) -> Int64 {
        let (product, overflows) = count.multipliedReportingOverflow(by: factor)
        guard overflows else { return product }
        return count > 0 ? .max : .min
    }

    private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
