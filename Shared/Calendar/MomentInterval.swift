public import Money

/// A stretch of time that has its start and not its end, so that neighbours share no moment.
public struct MomentInterval: Sendable, Hashable {
    /// The first moment inside.
    public let start: Timestamp
    /// The first moment after it.
    public let end: Timestamp

    /// Makes an interval; an end before the start makes an empty one at the start.
    public init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = max(start, end)
    }

    /// Whether no moment is inside.
    public var isEmpty: Bool { start == end }

    /// Whether a moment is inside.
    public func contains(_ moment: Timestamp) -> Bool { start <= moment && moment < end }
}
