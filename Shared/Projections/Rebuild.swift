import EventStore
public import Logging
import Payments
public import Postgres

/// Makes all projections again from events while the system runs, and compares.
///
/// The events are folded stream by stream into tables beside the live ones. A last transaction,
/// with one snapshot of both events and projections, folds what has come meanwhile and compares the
/// two byte for byte: nothing is locked, and nothing that is under way can look like a difference.
/// Only where rows differ are they swapped, with writers held off for that moment. The live tables
/// themselves stay: what hangs on them (policies, grants, triggers) could be lost with them.
public struct Rebuild: Sendable {
    /// How far a rebuild has come.
    public struct Progress: Sendable, Equatable {
        /// What is being done.
        public enum Phase: String, Sendable {
            case folding
            case catchingUp = "catching_up"
            case comparing
            case swapping
        }

        /// What is being done.
        public let phase: Phase
        /// Streams folded so far.
        public let streams: Int
        /// Events folded so far.
        public let events: Int
        /// Events in the store when it began, by the planner's estimate.
        public let estimatedEvents: Int
    }

    /// What a rebuild found.
    public struct Report: Sendable, Equatable {
        /// Streams folded, some of them more than once.
        public let streams: Int
        /// Events folded, some of them more than once.
        public let events: Int
        /// What each table had.
        public let tables: [ProjectionComparison]

        /// Whether what was live was exactly what events say.
        public var isIdentical: Bool { tables.allSatisfy(\.isIdentical) }
    }

    /// What to do about rows that differ.
    public enum Repair: Sendable {
        /// Replace them by what events say.
        case swap
        /// Leave them; only say that they are there.
        case none
    }

    /// A rebuild is under way already.
    public struct AlreadyRunning: Error, Sendable {}

    private static let pageEvents = 5_000
    /// Held while a rebuild runs; the letters of "rebuild" as a number.
    private static let lockKey: Int64 = 0x72_6562_7569_6C64

    private let pool: PostgresPool
    private let logger: Logger

    /// Rebuilds over a pool of at least two connections of the tables' owner.
    public init(pool: PostgresPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    /// Rebuilds, compares, and repairs if that is wanted.
    public func run(
        repair: Repair = .swap,
        progress: @Sendable (Progress) async -> Void = { _ in }
    ) async throws -> Report {
        try await pool.withConnection { connection in
            let rows = try await connection.query("SELECT pg_try_advisory_lock(\(Self.lockKey))")
            guard try rows.first?.decode(Bool.self, at: 0) == true else { throw AlreadyRunning() }
            do {
                let report = try await rebuild(repair: repair, progress: progress)
                try await connection.query("SELECT pg_advisory_unlock(\(Self.lockKey))")
                return report
            } catch {
                // The lock goes with the session if this cannot be sent either.
                _ = try? await connection.query("SELECT pg_advisory_unlock(\(Self.lockKey))")
                throw error
            }
        }
    }

    private func rebuild(
        repair: Repair,
        progress: @Sendable (Progress) async -> Void
    ) async throws -> Report {
        try await ShadowTables.create(pool)
        var fold = ShadowFold(
            estimatedEvents: try await ShadowTables.estimatedEvents(pool),
            place: try await EventReader(pool).horizon()
        )
        try await foldAll(&fold, progress: progress)
        while try await fold.catchUp(pool, limit: Self.pageEvents) {
            await progress(fold.progress(.catchingUp))
        }
        await progress(fold.progress(.comparing))
        let (compared, tables) = try await pool.withTransaction(isolation: .repeatableRead) {
            transaction in
            var last = fold
            try await last.catchUpWithAll(transaction)
            return (last, try await ShadowTables.compare(transaction))
        }
        fold = compared
        let report = Report(streams: fold.streams, events: fold.events, tables: tables)
        if !report.isIdentical, case .swap = repair {
            await progress(fold.progress(.swapping))
            logger.warning("projections differ from events; rows are swapped")
            try await swap(fold)
        }
        try await ShadowTables.drop(pool)
        return report
    }

    /// Folds every stream, page by page in key order.
    private func foldAll(
        _ fold: inout ShadowFold,
        progress: @Sendable (Progress) async -> Void
    ) async throws {
        let reader = EventReader(pool)
        var next: StreamKey?
        while true {
            var page = try await reader.streams(from: next, limit: Self.pageEvents)
            let isLast = page.count < Self.pageEvents
            if !isLast, let cut = page.last?.key {
                // The last stream of a full page may go on; a stream is always shorter than a page.
                page.removeAll { $0.key == cut }
                next = cut
            }
            try await fold.fold(page, into: pool)
            await progress(fold.progress(.folding))
            if isLast { return }
        }
    }

    private func swap(_ fold: ShadowFold) async throws {
        try await pool.withTransaction { transaction in
            // Writers append events before they touch projections, so this order cannot deadlock.
            _ = try await transaction.pipeline([
                "LOCK TABLE event IN SHARE MODE",
                """
                LOCK TABLE payment, charge, refund, payment_method, card_token, merchant, api_key,
                    webhook_endpoint
                IN SHARE ROW EXCLUSIVE MODE
                """,
            ])
            var last = fold
            try await last.catchUpWithAll(transaction)
            try await ShadowTables.swap(transaction)
        }
    }
}
