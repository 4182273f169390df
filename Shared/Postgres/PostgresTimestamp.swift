/// A moment as `timestamptz` stores it: whole microseconds.
public struct PostgresTimestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    public var microsecondsSinceEpoch: Int64

    /// Makes a moment from microseconds since 1970.
    public init(microsecondsSinceEpoch: Int64) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
    }

    /// Orders by time.
    public static func < (left: Self, right: Self) -> Bool {
        left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
    }

    /// From 1970 to 2000, where the server's count begins, in microseconds.
    static let serverEpochMicroseconds: Int64 = 946_684_800_000_000
}
