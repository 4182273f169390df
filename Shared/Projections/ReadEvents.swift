public import EventStore
public import Money
public import Payments
import Postgres

/// An API event with what it shows, as it was right after the fact.
public struct ShownEvent: Sendable {
    /// The event as merchants see it.
    public let event: APIEvent
    /// What it is about, after the domain event.
    public let subject: EventSubject
    /// The same before the domain event; nil for the first.
    public let before: EventSubject?
    /// Where the domain event stands in commit order.
    public let place: FeedPosition
    /// The request that caused it.
    public let cause: EventCause
    /// When it was recorded.
    public let recordedAt: Timestamp
}

/// API events: nothing of them is stored, they are computed from the streams.
extension MerchantReader {
    /// One API event by its identifier.
    public func event(_ id: APIEventID) async throws -> ShownEvent? {
        guard EventSubject.isTold(id.stream) else { return nil }
        let rows = try await eventRows(
            """
            SELECT epoch, tx, position, merchant_id, stream, version, type, type_version, data,
                command_id, request_id, idempotency_key, effective_at
            FROM event
            WHERE merchant_id = \(merchantID.rawValue) AND stream = \(id.stream.rawValue)
                AND version <= \(id.version)
            ORDER BY version
            """
        )
        return try Self.shown(rows, of: rows.suffix(1)).first { $0.event.id == id }
    }

    /// A page of API events, newest first; only these types, or all when nil.
    public func events(
        _ page: PageRequest,
        types: Set<APIEventType>?
    ) async throws
        -> Page<ShownEvent>
    {
        var cursor: ShownEvent?
        if let text = page.cursor {
            guard let id = APIEventID(rawValue: text), let known = try await event(id) else {
                throw CursorNotFound(cursor: text)
            }
            cursor = known
        }
        var found: [ShownEvent] = []
        var place = cursor?.place
        while found.count <= page.limit {
            let rows = try await eventRows(facts(page, from: place, including: found.isEmpty))
            let shown = try await complete(rows)
            found += Self.order(shown, backwards: page.isBackwards)
                .filter { types?.contains($0.event.type) ?? true }
                .filter { Self.isBeyond($0, cursor, backwards: page.isBackwards) }
            guard rows.count == Self.factsPerRead, let last = rows.last else { break }
            place = last.place
        }
        return Page(read: found, page)
    }

    /// API events oldest first in commit order, after a place; a reader that follows them misses
    /// none, because nothing is shown that an open transaction could still come before.
    ///
    /// - Returns: The events, and the place to go on from.
    public func events(
        following place: FeedPosition,
        limit: Int
    ) async throws -> (events: [ShownEvent], next: FeedPosition, hasMore: Bool) {
        let rows = try await eventRows(
            """
            SELECT epoch, tx, position, merchant_id, stream, version, type, type_version, data,
                command_id, request_id, idempotency_key, effective_at
            FROM event
            WHERE merchant_id = \(merchantID.rawValue)
                AND (epoch, tx, position)
                    > (\(place.epoch)::integer, \(place.transaction)::xid8,
                        \(place.position)::bigint)
                AND tx < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY epoch, tx, position
            LIMIT \(Int64(limit + 1))
            """
        )
        let page = Array(rows.prefix(limit))
        return (try await complete(page), page.last?.place ?? place, rows.count > limit)
    }

    // MARK: - Reading facts

    /// How many domain events are read at once while a page is filled.
    private static let factsPerRead = 128

    private func facts(
        _ page: PageRequest,
        from place: FeedPosition?,
        including: Bool
    ) -> Query {
        let created = page.createdBounds
        let bound = place ?? FeedPosition(epoch: .max, transaction: 0, position: 0)
        // The cursor's own fact is read again: it may have more API events than the one named.
        let position = bound.position
        if page.isBackwards {
            return """
                SELECT epoch, tx, position, merchant_id, stream, version, type, type_version,
                    data, command_id, request_id, idempotency_key, effective_at
                FROM event
                WHERE merchant_id = \(merchantID.rawValue)
                    AND effective_at >= \(created.from) AND effective_at < \(created.before)
                    AND (epoch, tx, position)
                        > (\(bound.epoch)::integer, \(bound.transaction)::xid8,
                            \(including ? position - 1 : position)::bigint)
                ORDER BY epoch, tx, position
                LIMIT \(Int64(Self.factsPerRead))
                """
        }
        return """
            SELECT epoch, tx, position, merchant_id, stream, version, type, type_version, data,
                command_id, request_id, idempotency_key, effective_at
            FROM event
            WHERE merchant_id = \(merchantID.rawValue)
                AND effective_at >= \(created.from) AND effective_at < \(created.before)
                AND (epoch, tx, position)
                    < (\(bound.epoch)::integer, \(bound.transaction)::xid8,
                        \(including ? position + 1 : position)::bigint)
            ORDER BY epoch DESC, tx DESC, position DESC
            LIMIT \(Int64(Self.factsPerRead))
            """
    }

    private func eventRows(_ query: Query) async throws -> [EventRow] {
        guard let rows = try await read([query]).first else { return [] }
        return try rows.map { try EventRow($0, catalog: .current) }
    }

    /// Reads the streams of these facts, so that each can be shown with its payment.
    private func complete(_ facts: [EventRow]) async throws -> [ShownEvent] {
        let streams = Set(facts.map(\.recorded.stream).filter { EventSubject.isTold($0) })
            .map(\.rawValue).sorted()
        guard !streams.isEmpty else { return [] }
        let rows = try await eventRows(
            """
            SELECT epoch, tx, position, merchant_id, stream, version, type, type_version, data,
                command_id, request_id, idempotency_key, effective_at
            FROM event
            WHERE merchant_id = \(merchantID.rawValue) AND stream = ANY (\(streams)::text[])
            ORDER BY stream, version
            """
        )
        return try Self.shown(rows, of: facts[...])
    }

    /// Folds whole streams and shows the wanted facts, in the order in which they are wanted.
    static func shown(
        _ rows: [EventRow],
        of facts: ArraySlice<EventRow>
    ) throws -> [ShownEvent] {
        var subjects: [FeedPosition: (before: EventSubject?, after: EventSubject)] = [:]
        var aggregates = Aggregates()
        for row in rows where EventSubject.isTold(row.recorded.stream) {
            let stream = row.recorded.stream
            if row.recorded.version == 1 { aggregates = Aggregates() }
            let before = aggregates.subject(of: stream)
            try aggregates.apply(row.recorded)
            guard let after = aggregates.subject(of: stream) else { continue }
            subjects[row.place] = (before, after)
        }
        return facts.flatMap { fact -> [ShownEvent] in
            guard let known = subjects[fact.place] else { return [] }
            return apiEvents(for: fact.recorded.event, after: known.after).map {
                ShownEvent(
                    event: $0,
                    subject: known.after,
                    before: known.before,
                    place: fact.place,
                    cause: fact.cause,
                    recordedAt: fact.recorded.recordedAt
                )
            }
        }
    }

    /// Within one fact the later letters are the newer events.
    private static func order(_ events: [ShownEvent], backwards: Bool) -> [ShownEvent] {
        guard !backwards else { return events }
        return events.sorted {
            ($1.place, $1.event.id.index) < ($0.place, $0.event.id.index)
        }
    }

    private static func isBeyond(
        _ event: ShownEvent,
        _ cursor: ShownEvent?,
        backwards: Bool
    ) -> Bool {
        guard let cursor else { return true }
        let own = (event.place, event.event.id.index)
        let bound = (cursor.place, cursor.event.id.index)
        return backwards ? bound < own : own < bound
    }
}
