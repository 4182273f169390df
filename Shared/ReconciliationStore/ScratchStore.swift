import EventStore
public import JSON
import LedgerStore
import Logging
public import Money
import Payments
public import Postgres
import Projections
import Schema

/// A database that a self-test makes for itself, with healthy payments in it, and removes again.
public struct ScratchStore: Sendable {
    private static let paymentsPerTransaction = 200
    private static let settleAttempts = 1_200
    private static let settlingMerchants = 3

    /// Its name, which says what it is for.
    public let name: String
    /// Connections as its owner.
    public let pool: PostgresPool
    /// What the network would have written down about its payments.
    public let networkFacts: [JSON]
    /// The moment at which it is looked at.
    public let now: Timestamp

    /// Makes the database beside the one that is given, fills it, and drops it after the closure.
    public static func with<Output>(
        beside configuration: PostgresConfiguration,
        payments: Int,
        seed: UInt64,
        now: Timestamp,
        _ body: (ScratchStore) async throws -> Output
    ) async throws -> Output {
        let name = "reconciliation_selftest_\(String(seed, radix: 36))"
        let administrator = pool(configuration)
        try await administrator.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        try await administrator.execute("CREATE DATABASE \(identifier: name)")
        let scratch = pool(configuration.withDatabase(name))
        do {
            _ = try await Migrator(scratch, migrations: try Migration.all()).run()
            let facts = try await fill(scratch, payments: payments, seed: seed, now: now)
            let store = ScratchStore(name: name, pool: scratch, networkFacts: facts, now: now)
            let output = try await body(store)
            try await drop(name, scratch, administrator)
            return output
        } catch {
            try? await drop(name, scratch, administrator)
            throw error
        }
    }

    /// Fills a migrated store with payments, folds its rolled-up accounts and seals its journals.
    public static func fill(
        _ pool: PostgresPool,
        payments: Int,
        seed: UInt64,
        now: Timestamp
    ) async throws -> [JSON] {
        // Old enough for nothing to be on its way, young enough for nothing to be overdue.
        var trade = SampleTrade(seed: seed, merchants: 7, at: now.adding(seconds: -10 * 60 * 60))
        try await write(try trade.open(), pool)
        var left = payments
        while left > 0 {
            var works: [SampleTrade.Work] = []
            for _ in 0..<min(left, paymentsPerTransaction) { works += try trade.payment() }
            try await write(works, pool)
            left -= paymentsPerTransaction
        }
        try await ScratchSettlement.run(
            pool,
            merchants: trade.merchantIDs.suffix(settlingMerchants)
        )
        try await ScratchBank.run(pool)
        try await ScratchAdjustments.run(pool, at: now)
        try await settle(pool)
        return trade.networkFacts
    }

    /// Folds and seals everything; what another database of the server still has running holds the
    /// horizon back for a moment.
    private static func settle(_ pool: PostgresPool) async throws {
        let sealer = Sealer(pool: pool, batchesOfSeal: 2)
        for _ in 0..<settleAttempts {
            while try await RollupBalances(pool).fold() > 0 {}
            _ = try await sealer.sealAll()
            let rows = try await pool.query(
                """
                SELECT count(*) FROM posting_batch batch
                WHERE (batch.epoch, batch.tx, batch.id) > ALL (
                        SELECT to_epoch, to_tx, to_batch FROM seal)
                    OR (batch.epoch, batch.tx, batch.id) > ALL (
                        SELECT epoch, tx, batch_id FROM rollup_horizon)
                """
            )
            if try rows.first?.decode(Int.self, at: 0) == 0 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw PostgresError(.timeout, "a transaction of the server holds the horizon back")
    }

    private static func write(_ works: [SampleTrade.Work], _ pool: PostgresPool) async throws {
        let postings = works.flatMap(\.postings)
        let events = works.flatMap { work in
            work.events.map { event in
                NewEvent(
                    merchantID: work.submitted.merchantID,
                    recorded: event,
                    cause: EventCause(
                        commandID: work.submitted.id,
                        requestID: "req_\(work.submitted.id)",
                        idempotencyKey: "key-\(work.submitted.id)"
                    )
                )
            }
        }
        try await pool.withTransaction { transaction in
            try await transaction.execute(commands(works.map(\.submitted)))
            if !postings.isEmpty {
                let rows = try await transaction.query(LedgerWriter.post(postings))
                let results = try LedgerWriter.results(rows, count: postings.count)
                guard results.allSatisfy({ $0 == .posted }) else {
                    throw PostgresError(.protocolViolation, "a sample journal was not posted")
                }
            }
            try await transaction.execute(EventWriter.append(events))
            // The last state of a payment is the one that its row has.
            for work in works {
                var batch = ProjectionBatch()
                batch.add(work.aggregates, changed: Set(work.events.map(\.stream)))
                if !batch.statements.isEmpty {
                    _ = try await transaction.pipeline(batch.statements)
                }
            }
        }
    }

    private static func commands(_ commands: [SubmittedCommand]) -> Query {
        """
        WITH submitted AS (
            INSERT INTO command (
                id, merchant_id, idempotency_key, fingerprint, endpoint, kind, target, body,
                request_id, api_version, received_at
            )
            OVERRIDING SYSTEM VALUE
            SELECT id, merchant_id, 'key-' || id, '\\x00', '/v1/sample', 'sample', merchant_id, '{}',
                'req_' || id, '2026-10-28.endive', received_at
            FROM unnest(
                \(commands.map(\.id))::bigint[], \(commands.map(\.merchantID.rawValue))::text[],
                \(commands.map { PostgresTimestamp($0.receivedAt) })::timestamptz[]
            ) AS sample (id, merchant_id, received_at)
            RETURNING id, merchant_id
        )
        INSERT INTO reply (command_id, merchant_id, status, body)
        SELECT id, merchant_id, 200, '{}' FROM submitted
        """
    }

    private static func drop(
        _ name: String,
        _ scratch: PostgresPool,
        _ administrator: PostgresPool
    ) async throws {
        await scratch.shutDown()
        try await administrator.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        await administrator.shutDown()
    }

    private static func pool(_ configuration: PostgresConfiguration) -> PostgresPool {
        PostgresPool(
            configuration: configuration,
            limits: PoolLimits(maximumConnections: 4),
            logger: Logger(label: "selftest") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}
