import EventStore
import Payments
import Postgres

/// Events against what follows from them: the journals that book them, and the rows that the API reads.
///
/// Each stream is folded again by the rules that decided it, so an event that cannot follow the one
/// before it is found as well; each money event's journal is derived again and compared leg by leg.
enum EventsCheck {
    static let pageEvents = 5_000
    static let pageStreams = 500

    static func run(_ context: CheckContext) async throws -> CheckOutcome {
        var outcome = CheckOutcome()
        var pages = StreamPages(context)
        var counts = ProjectionCounts()
        while let page = try await pages.next() {
            outcome.rows += page.count
            let streams = page.streams()
            let folded = streams.map { FoldedStream($0) }
            outcome.add(folded.flatMap(\.findings), limit: context.limit)
            let results = try await context.executor.pipeline(
                [StoredJournals.statement(folded)] + StoredRows.statements(folded)
            )
            outcome.add(
                try StoredJournals.compare(results[0], with: folded),
                limit: context.limit
            )
            outcome.add(
                try StoredRows.compare(Array(results[1...]), with: folded),
                limit: context.limit
            )
            counts.add(folded)
            await context.progress(
                RunProgress(check: .events, activity: "events folded", rows: outcome.rows)
            )
        }
        if context.isWhole {
            // A row too many can stand for one that is missing.
            if outcome.findings.contains(where: { $0.kind == .projectionMissing }) {
                counts.distrust()
            }
            outcome.add(
                try await SurplusRows.find(counts, limit: context.limit, context.executor),
                limit: context.limit
            )
        }
        return outcome
    }
}

/// Rows of events as they were read, whole streams only.
struct EventPage {
    fileprivate let rows: [(key: RawKey, row: Row)]

    struct RawKey: Hashable {
        let merchant: String
        let stream: String
    }

    var count: Int { rows.count }

    /// The rows of each stream, in the order of their versions.
    func streams() -> [(key: RawKey, rows: [Row])] {
        var streams: [(key: RawKey, rows: [Row])] = []
        for (key, row) in rows {
            if let last = streams.last, last.key == key {
                streams[streams.count - 1].rows.append(row)
            } else {
                streams.append((key, [row]))
            }
        }
        return streams
    }
}

/// The streams that a run is about, page by page: all in the order of their keys, those of a scope, or
/// those that have events after the watermark.
private struct StreamPages {
    private let context: CheckContext
    private var next: EventPage.RawKey?
    private var isDone = false

    init(_ context: CheckContext) {
        self.context = context
    }

    mutating func next() async throws -> EventPage? {
        guard !isDone else { return nil }
        if context.since == nil, context.scope.from == nil, context.scope.before == nil,
            context.scope.currencyCode == nil
        {
            return try await following()
        }
        return try await chosen()
    }

    /// The next streams in the order of their keys.
    private mutating func following() async throws -> EventPage? {
        let limit = EventsCheck.pageEvents
        let merchant = context.scope.merchantID ?? ""
        let rows = try await context.executor.query(
            """
            SELECT epoch, tx, position, merchant_id, stream, version, type, type_version, data,
                command_id, request_id, idempotency_key, effective_at
            FROM event
            WHERE (merchant_id, stream)
                    >= (\(next?.merchant ?? merchant)::text, \(next?.stream ?? "")::text)
                AND (\(merchant) = '' OR merchant_id = \(merchant))
            ORDER BY merchant_id, stream, version
            LIMIT \(Int64(limit))
            """
        )
        var read = try rows.map { (key: try EventPage.RawKey($0), row: $0) }
        isDone = read.count < limit
        if !isDone, let cut = read.last?.key {
            // The last stream of a full page may go on; a stream is always shorter than a page.
            read.removeAll { $0.key == cut }
            next = cut
        }
        return read.isEmpty && isDone ? nil : EventPage(rows: read)
    }

    /// The next streams of the scope, each with all of its events.
    private mutating func chosen() async throws -> EventPage? {
        let scope = context.scope
        let place = (context.since ?? .beginning).event
        let rows = try await context.executor.query(
            """
            SELECT epoch, tx, position, merchant_id, stream, version, type, type_version, data,
                command_id, request_id, idempotency_key, effective_at
            FROM event
            JOIN (
                SELECT DISTINCT merchant_id, stream FROM event
                WHERE (epoch, tx, position) > (
                        \(place.epoch)::integer, \(place.transaction)::xid8,
                        \(place.position)::bigint
                    )
                    AND (merchant_id, stream)
                        > (\(next?.merchant ?? "")::text, \(next?.stream ?? "")::text)
                    AND (\(scope.merchantID ?? "") = '' OR merchant_id = \(scope.merchantID ?? ""))
                    AND recorded_at >= \(scope.fromBound) AND recorded_at < \(scope.beforeBound)
                    AND (\(scope.currencyCode ?? "") = '' OR EXISTS (
                        SELECT FROM payment
                        WHERE payment.merchant_id = event.merchant_id AND payment.id = event.stream
                            AND payment.currency = \(scope.currencyCode ?? "")))
                ORDER BY merchant_id, stream
                LIMIT \(Int64(EventsCheck.pageStreams))
            ) chosen USING (merchant_id, stream)
            ORDER BY merchant_id, stream, version
            """
        )
        let read = try rows.map { (key: try EventPage.RawKey($0), row: $0) }
        next = read.last?.key
        isDone = read.isEmpty
        return read.isEmpty ? nil : EventPage(rows: read)
    }
}

extension EventPage.RawKey {
    fileprivate init(_ row: Row) throws {
        self.init(
            merchant: try row.decode(String.self, at: 3),
            stream: try row.decode(String.self, at: 4)
        )
    }
}
