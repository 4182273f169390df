import EventStore
public import Money
import Payments
public import Postgres
public import Projections
import Webhooks

/// Turns what the feed tells into deliveries, each event and endpoint once.
///
/// One transaction reads the feed behind the cursor, writes what follows from it and moves the
/// cursor; the cursor's row is locked, so one instance does it at a time. An endpoint gets the
/// events that come behind its creation in the feed, and none behind its deletion. What happens
/// while it is switched off is held.
public struct FanOut: Sendable {
    /// How a round went.
    public enum Round: Sendable, Equatable {
        /// Another instance is at it.
        case busy
        /// So many facts were read, and so many deliveries made of them.
        case moved(facts: Int, deliveries: Int)
    }

    /// An event that needs a body in a version of the API.
    public struct Message: Sendable {
        /// The event with what it shows.
        public let shown: ShownEvent
        /// The version of the API.
        public let apiVersion: String
        /// How many endpoints it goes to.
        public let endpointCount: Int
    }

    /// The most facts of one round.
    public static let maximumFacts = 256
    /// Names the cursor.
    public static let consumer = "webhook"

    private let pool: PostgresPool
    private let clock: @Sendable () -> Timestamp
    private let render: @Sendable (Message) throws -> [UInt8]

    /// Fans out with a renderer of bodies.
    public init(
        pool: PostgresPool,
        clock: @escaping @Sendable () -> Timestamp,
        render: @escaping @Sendable (Message) throws -> [UInt8]
    ) {
        self.pool = pool
        self.clock = clock
        self.render = render
    }

    /// Reads and writes one round.
    public func round(limit: Int = maximumFacts) async throws -> Round {
        try await pool.withTransaction { transaction in
            guard let place = try await lockCursor(transaction) else { return .busy }
            let rows = try await EventReader(transaction).feed(after: place, limit: limit)
            guard let last = rows.last else { return .moved(facts: 0, deliveries: 0) }
            let now = clock()
            let merchants = Set(rows.map(\.merchantID))
            var plan = FanOutPlan(
                targets: try await FanOutReads.targets(of: merchants, transaction),
                ahead: try await FanOutReads.ahead(of: merchants, transaction),
                now: now
            )
            let facts = rows.filter { plan.mayMatter($0) }
            let shown = try await FanOutReads.shown(facts, transaction)
            let versions = try await FanOutReads.versions(
                of: Set(facts.map(\.merchantID)),
                transaction
            )
            for row in rows {
                try plan.take(row, shown: shown[row.place] ?? [], versions: versions)
            }
            var statements = try plan.statements(render: render)
            // What only moves the cursor may be done again after a crash, and need not be flushed:
            // 351 flushes for 6,831 payments (wrk, 64 in flight, no endpoint).
            if statements.isEmpty {
                statements.append("SELECT set_config('synchronous_commit', 'off', true)")
            }
            statements.append(FeedCursor(consumer: Self.consumer).advance(to: last.place))
            try await transaction.commit(after: statements)
            return .moved(facts: rows.count, deliveries: plan.deliveryCount)
        }
    }

    private func lockCursor(_ transaction: Transaction) async throws -> FeedPosition? {
        let consumer = Self.consumer
        let results = try await transaction.pipeline([
            """
            INSERT INTO feed_cursor (consumer, epoch, tx, position)
            SELECT \(consumer), 0, '0'::xid8, 0
            WHERE NOT EXISTS (SELECT FROM feed_cursor WHERE consumer = \(consumer))
            ON CONFLICT (consumer) DO NOTHING
            """,
            """
            SELECT epoch, tx, position FROM feed_cursor WHERE consumer = \(consumer)
            FOR UPDATE SKIP LOCKED
            """,
        ])
        guard let row = results.last?.first else { return nil }
        let (epoch, tx, position) = try row.decode((Int32, UInt64, Int64).self)
        return FeedPosition(epoch: epoch, transaction: tx, position: position)
    }
}

/// What a round reads besides the feed.
enum FanOutReads {
    static func targets(
        of merchants: Set<MerchantID>,
        _ executor: some PostgresExecutor
    ) async throws -> [MerchantID: [WebhookTarget]] {
        let rows = try await executor.query(
            """
            SELECT endpoint FROM webhook_target
            WHERE merchant_id = ANY (\(merchants.map(\.rawValue).sorted())::text[])
                AND NOT is_deleted
            ORDER BY merchant_id, endpoint_id
            """
        )
        let targets = try rows.map { row in
            WebhookTarget(endpoint: try WebhookTarget.endpoint(row.decode([UInt8].self, at: 0)))
        }
        return Dictionary(grouping: targets, by: \.endpoint.merchantID)
    }

    /// How far merchants' clocks are ahead of real time, in microseconds; most are not.
    static func ahead(
        of merchants: Set<MerchantID>,
        _ executor: some PostgresExecutor
    ) async throws -> [MerchantID: Int64] {
        let rows = try await executor.query(
            """
            SELECT merchant_id, offset_microseconds FROM merchant_clock
            WHERE merchant_id = ANY (\(merchants.map(\.rawValue).sorted())::text[])
            """
        )
        var ahead: [MerchantID: Int64] = [:]
        for row in rows {
            let (merchant, microseconds) = try row.decode((String, Int64).self)
            if let id = MerchantID(rawValue: merchant) { ahead[id] = microseconds }
        }
        return ahead
    }

    /// The versions that merchants are pinned to.
    static func versions(
        of merchants: Set<MerchantID>,
        _ executor: some PostgresExecutor
    ) async throws -> [MerchantID: String] {
        guard !merchants.isEmpty else { return [:] }
        let rows = try await executor.query(
            """
            SELECT merchant_id, document::json ->> 'api_version' FROM merchant
            WHERE merchant_id = ANY (\(merchants.map(\.rawValue).sorted())::text[])
            """
        )
        var versions: [MerchantID: String] = [:]
        for row in rows {
            let (merchant, version) = try row.decode((String, String?).self)
            if let id = MerchantID(rawValue: merchant) { versions[id] = version }
        }
        return versions
    }

    /// The API events of facts, by the facts' places.
    static func shown(
        _ facts: [EventRow],
        _ executor: some PostgresExecutor
    ) async throws -> [FeedPosition: [ShownEvent]] {
        guard !facts.isEmpty else { return [:] }
        let keys = Set(facts.map(\.key)).sorted {
            ($0.merchantID, $0.stream.rawValue) < ($1.merchantID, $1.stream.rawValue)
        }
        let rows = try await executor.query(
            """
            SELECT epoch, tx, position, merchant_id, stream, version, type, type_version, data,
                command_id, request_id, idempotency_key, effective_at
            FROM event
            JOIN unnest(
                \(keys.map(\.merchantID.rawValue))::text[],
                \(keys.map(\.stream.rawValue))::text[]
            ) AS wanted (merchant_id, stream) USING (merchant_id, stream)
            ORDER BY merchant_id, stream, version
            """
        )
        let history = try rows.map { try EventRow($0) }
        let events = try ShownEvent.events(of: facts, folding: history)
        return Dictionary(grouping: events, by: \.place)
    }
}
