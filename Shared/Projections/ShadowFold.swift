import EventStore
import Payments
import Postgres

/// The fold of a rebuild: how far it has come, and how streams become rows.
struct ShadowFold: Sendable {
    /// Everything at or before this place of the feed is in the shadow tables.
    private(set) var place: FeedPosition
    private(set) var streams = 0
    private(set) var events = 0
    let estimatedEvents: Int

    /// Begins at the horizon from before the first page was read: what comes later is caught up.
    init(estimatedEvents: Int, place: FeedPosition) {
        self.estimatedEvents = estimatedEvents
        self.place = place
    }

    func progress(_ phase: Rebuild.Progress.Phase) -> Rebuild.Progress {
        Rebuild.Progress(
            phase: phase,
            streams: streams,
            events: events,
            estimatedEvents: estimatedEvents
        )
    }

    /// Folds whole streams and writes their rows.
    mutating func fold(_ rows: [EventRow], into executor: some PostgresExecutor) async throws {
        var batch = ProjectionBatch()
        var index = rows.startIndex
        while index < rows.endIndex {
            let key = rows[index].key
            var aggregates = Aggregates()
            while index < rows.endIndex, rows[index].key == key {
                try aggregates.apply(rows[index].recorded)
                index += 1
            }
            batch.add(aggregates, changed: [key.stream])
            streams += 1
        }
        events += rows.count
        let statements = batch.statements(into: .shadow)
        if !statements.isEmpty { _ = try await executor.pipeline(statements) }
    }

    /// Folds again the streams of the next events below the horizon; says whether there were any.
    mutating func catchUp(_ executor: some PostgresExecutor, limit: Int) async throws -> Bool {
        let reader = EventReader(executor)
        let fresh = try await reader.feed(after: place, limit: limit)
        guard let last = fresh.last else { return false }
        try await foldAgain(Set(fresh.map(\.key)), executor)
        place = last.place
        return true
    }

    /// Folds again the streams of all events that the transaction sees after the place.
    ///
    /// Only in a transaction whose snapshot is also that of the comparison, or that holds writers
    /// off: events above the horizon can be overtaken by others, so the place is not moved.
    mutating func catchUpWithAll(_ transaction: some PostgresExecutor) async throws {
        let touched = try await EventReader(transaction).streams(touchedAfter: place)
        try await foldAgain(touched, transaction)
    }

    private mutating func foldAgain(
        _ keys: Set<StreamKey>,
        _ executor: some PostgresExecutor
    ) async throws {
        let reader = EventReader(executor)
        for key in keys {
            try await fold(try await reader.stream(key), into: executor)
        }
    }
}
