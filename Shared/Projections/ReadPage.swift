public import Money
public import Postgres

/// Which part of a list is wanted, newest first.
public struct PageRequest: Sendable, Equatable {
    /// Where the page begins.
    public enum Start: Sendable, Equatable {
        /// At the newest.
        case newest
        /// Behind this item, towards older ones.
        case after(String)
        /// Before this item, towards newer ones; the page ends right before it.
        case before(String)
    }

    /// The most items that a page may have.
    public static let maximumLimit = 100

    /// Where the page begins.
    public let start: Start
    /// How many items at most, 1 to ``maximumLimit``.
    public let limit: Int
    /// Only items made at or after this moment.
    public let createdFrom: Timestamp?
    /// Only items made before this moment.
    public let createdBefore: Timestamp?

    /// Describes a page; the limit must be within its bounds.
    public init(
        start: Start = .newest,
        limit: Int = 10,
        createdFrom: Timestamp? = nil,
        createdBefore: Timestamp? = nil
    ) {
        precondition((1...Self.maximumLimit).contains(limit), "a page has 1 to 100 items")
        self.start = start
        self.limit = limit
        self.createdFrom = createdFrom
        self.createdBefore = createdBefore
    }

    /// The item that the page is counted from, if any.
    public var cursor: String? {
        switch start {
        case .newest: nil
        case .after(let id), .before(let id): id
        }
    }

    /// Whether the page is read from older to newer.
    public var isBackwards: Bool {
        if case .before = start { return true }
        return false
    }

    /// The bounds of `created` as the database wants them: always two.
    public var createdBounds: (from: PostgresTimestamp, before: PostgresTimestamp) {
        (
            createdFrom.map { PostgresTimestamp($0) }
                ?? PostgresTimestamp(microsecondsSinceEpoch: 0),
            createdBefore.map { PostgresTimestamp($0) } ?? Self.endOfTime
        )
    }

    /// The year 9999, beyond every moment that is stored.
    private static let endOfTime = PostgresTimestamp(
        microsecondsSinceEpoch: 253_402_300_799_000_000
    )
}

/// A part of a list.
public struct Page<Item: Sendable>: Sendable {
    /// The items, newest first.
    public let items: [Item]
    /// Whether there is more in the direction of reading.
    public let hasMore: Bool

    /// Puts a page together.
    public init(items: [Item], hasMore: Bool) {
        self.items = items
        self.hasMore = hasMore
    }

    /// Cuts a reading of up to one item more than wanted, in the order read.
    public init(read items: [Item], _ request: PageRequest) {
        let kept = Array(items.prefix(request.limit))
        self.items = request.isBackwards ? kept.reversed() : kept
        hasMore = items.count > request.limit
    }
}

/// The item that a page was to be counted from does not exist for this merchant.
public struct CursorNotFound: Error, Sendable, Equatable {
    /// What the merchant sent.
    public let cursor: String

    /// Names the cursor.
    public init(cursor: String) {
        self.cursor = cursor
    }
}
