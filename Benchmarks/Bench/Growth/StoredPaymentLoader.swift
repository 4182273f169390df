import EventStore
import JSON
import LedgerStore
import MerchantAPI
import Money
import Payments
import Postgres
import Projections

/// Stores many payments, in big batches and on several connections.
///
/// Each worker has merchants of its own, so that none waits for another's balances.
struct StoredPaymentLoader: Sendable {
    private static let workers = 2
    private static let batch = 400
    /// The payments are spread over so many days before now.
    private static let days: Int64 = 30
    /// Requests that new ones are made from.
    private static let templates = 200
    /// How often the progress is told.
    private static let progressEvery = 100_000

    let context: BenchmarkContext

    /// Stores so many payments for the merchants that there are.
    func store(_ count: Int) async throws {
        guard count > 0 else { return }
        context.progress.say("  storing \(Decimals.text(Double(count))) payments")
        let counter = Counter(progress: context.progress, total: count)
        try await context.withPool(context.databaseURL, connections: Self.workers) { pool in
            let merchants = try await merchants(pool)
            let templates = try await templates(pool)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<Self.workers {
                    let own = merchants.indices.filter { $0 % Self.workers == worker }
                        .map { merchants[$0] }
                    let share = count / Self.workers + (worker < count % Self.workers ? 1 : 0)
                    group.addTask {
                        try await self.work(share, worker, own, templates, pool, counter)
                    }
                }
                try await group.waitForAll()
            }
            context.progress.say("  collecting statistics")
            // Tables that have grown a hundredfold are looked at anew, as autovacuum would soon.
            _ = try await pool.query("VACUUM (ANALYZE)")
        }
    }

    private func work(
        _ count: Int,
        _ worker: Int,
        _ merchants: [Merchant],
        _ templates: [StoredPayments.Template],
        _ pool: PostgresPool,
        _ counter: Counter
    ) async throws {
        let end = try await now(pool)
        let seed = context.plan.seed &+ UInt64(worker + 1) &* 7_919 &+ UInt64(count)
        var payments = try StoredPayments(templates: templates, seed: seed)
        var generator = SeededGenerator(seed: seed ^ 0xfeed)
        let zipf = Zipf(count: merchants.count)
        let length = Self.days * 24 * 60 * 60 * 1_000_000
        for start in stride(from: 0, to: count, by: Self.batch) {
            var batch: [(merchant: Merchant, template: StoredPayments.Template, at: Timestamp)] = []
            for index in start..<min(start + Self.batch, count) {
                let past = length - length / Int64(count) * Int64(index + 1)
                let moment = end.adding(microseconds: -past)
                let merchant = merchants[zipf.rank(at: generator.fraction())]
                batch.append((merchant, payments.request(at: moment), moment))
            }
            try await store(batch, pool)
            await counter.add(batch.count)
        }
    }

    /// One batch, in one transaction: commands, journals, events, projections and replies.
    ///
    /// - Returns: The events of each payment.
    @discardableResult
    func store(
        _ batch: [(merchant: Merchant, template: StoredPayments.Template, at: Timestamp)],
        isDurable: Bool = false,
        _ pool: PostgresPool
    ) async throws -> [[RecordedEvent]] {
        try await pool.withTransaction { transaction in
            let first = try await transaction.pipeline([
                "SELECT set_config('synchronous_commit', \(isDurable ? "on" : "off"), true)",
                commands(batch),
            ])
            var numbers: [String: Int64] = [:]
            for row in first[1] {
                let (id, request) = try row.decode((Int64, String).self)
                numbers[request] = id
            }
            var stored: [(number: Int64, payment: StoredPayments.Stored)] = []
            var events: [NewEvent] = []
            var projections = ProjectionBatch()
            for item in batch {
                let request = Self.requestID(of: item.template.request)
                guard let number = numbers[request] else {
                    throw BenchmarkError("a stored command got no number")
                }
                let payment = try StoredPayments.run(
                    SubmittedCommand(
                        id: number,
                        merchantID: item.merchant.id,
                        receivedAt: item.at,
                        command: .createPayment(item.template.request)
                    ),
                    of: item.merchant,
                    isAccepted: item.template.isAccepted
                )
                let cause = EventCause(
                    commandID: number,
                    requestID: request,
                    idempotencyKey: request
                )
                events += payment.events.map {
                    NewEvent(merchantID: item.merchant.id, recorded: $0, cause: cause)
                }
                projections.add(payment.aggregates, changed: Set(payment.events.map(\.stream)))
                stored.append((number, payment))
            }
            let postings = stored.flatMap(\.payment.postings)
            let results = try await transaction.pipeline(
                [LedgerWriter.post(postings), EventWriter.append(events)] + projections.statements
                    + [replies(stored, batch)]
            )
            let codes = try LedgerWriter.results(results[0], count: postings.count)
            guard codes.allSatisfy({ $0 == .posted }) else {
                throw BenchmarkError("a stored journal was refused")
            }
            return stored.map(\.payment.events)
        }
    }

    private func commands(
        _ batch: [(merchant: Merchant, template: StoredPayments.Template, at: Timestamp)]
    ) -> Query {
        let commands = batch.map { Command.createPayment($0.template.request) }
        let requests = batch.map { Self.requestID(of: $0.template.request) }
        let times = batch.map {
            PostgresTimestamp(microsecondsSinceEpoch: $0.at.microsecondsSinceEpoch)
        }
        let bodies = commands.map { String(decoding: $0.body.serialized(), as: UTF8.self) }
        return """
            INSERT INTO command (
                merchant_id, idempotency_key, fingerprint, endpoint, kind, target, body,
                request_id, api_version, received_at
            )
            SELECT merchant_id, request_id, '\\x00'::bytea, '/v1/payment_intents', kind, target,
                body, request_id, \(APIVersion.current.rawValue)::text, received_at
            FROM unnest(
                \(batch.map(\.merchant.id.rawValue))::text[], \(requests)::text[],
                \(commands.map(\.kind.rawValue))::text[],
                \(commands.map(\.target.rawValue))::text[],
                \(bodies)::text[], \(times)::timestamptz[]
            ) AS stored (merchant_id, request_id, kind, target, body, received_at)
            RETURNING id, request_id
            """
    }

    private func replies(
        _ stored: [(number: Int64, payment: StoredPayments.Stored)],
        _ batch: [(merchant: Merchant, template: StoredPayments.Template, at: Timestamp)]
    ) -> Query {
        let bodies = stored.map {
            String(decoding: $0.payment.reply.body.serialized(), as: UTF8.self)
        }
        return """
            INSERT INTO reply (command_id, merchant_id, status, body)
            SELECT command_id, merchant_id, status, body
            FROM unnest(
                \(stored.map(\.number))::bigint[],
                \(batch.map(\.merchant.id.rawValue))::text[],
                \(stored.map { Int16($0.payment.reply.status) })::smallint[],
                \(bodies)::text[]
            ) AS stored (command_id, merchant_id, status, body)
            """
    }

    /// Unique, because the payment's id is.
    private static func requestID(of request: CreatePayment) -> String {
        "\(StoredPayments.requestPrefix)_\(request.paymentID.suffix)"
    }
}

extension StoredPaymentLoader {
    private func now(_ pool: PostgresPool) async throws -> Timestamp {
        let rows = try await pool.query("SELECT now()")
        let now = try rows[0].decode(PostgresTimestamp.self, at: 0)
        return Timestamp(microsecondsSinceEpoch: now.microsecondsSinceEpoch)
    }

    /// The merchants in the order of their ids, as the load has them.
    private func merchants(_ pool: PostgresPool) async throws -> [Merchant] {
        let rows = try await pool.query("SELECT merchant_id FROM merchant ORDER BY merchant_id")
        let ids = try rows.map { try $0.decode(String.self, at: 0) }
        return try await merchants(ids, pool)
    }

    /// The merchants with these ids.
    func merchants(_ ids: [String], _ pool: PostgresPool) async throws -> [Merchant] {
        let commands = ids.compactMap { text -> SubmittedCommand? in
            guard let id = MerchantID(rawValue: text) else { return nil }
            let request = CreatePayment(
                paymentID: PaymentID(checked: "pi_"),
                amount: Money(minorUnits: 100, currency: .inr),
                captureMethod: .automatic,
                clientSecret: ""
            )
            return SubmittedCommand(
                id: 1,
                merchantID: id,
                receivedAt: Timestamp(microsecondsSinceEpoch: 0),
                command: .createPayment(request)
            )
        }
        let found = try await AggregateLoader(pool).aggregates(of: commands)
        return found.compactMap(\.merchant)
    }

    /// Requests of payments that were made through the API, accepted and declined.
    func templates(_ pool: PostgresPool) async throws -> [StoredPayments.Template] {
        let rows = try await pool.query(
            """
            SELECT command.kind, command.body, reply.status
            FROM command JOIN reply ON reply.command_id = command.id
            WHERE command.endpoint = '/v1/payment_intents' AND reply.status IN (200, 402)
                AND command.request_id NOT LIKE \(StoredPayments.requestPrefix + "%")
            ORDER BY command.id
            LIMIT \(Int64(Self.templates))
            """
        )
        return try rows.compactMap { row in
            let (kind, body, status) = try row.decode((String, [UInt8], Int16).self)
            guard
                case .createPayment(let request) = try Command(
                    kind: kind,
                    body: try JSON(parsing: body)
                ),
                request.captureMethod != .manual, request.confirmAs != nil
            else { return nil }
            return StoredPayments.Template(request: request, isAccepted: status == 200)
        }
    }

    /// Counts what is stored, and tells now and then.
    private actor Counter {
        private let progress: Progress
        private let total: Int
        private var stored = 0

        init(progress: Progress, total: Int) {
            self.progress = progress
            self.total = total
        }

        func add(_ count: Int) {
            let before = stored / StoredPaymentLoader.progressEvery
            stored += count
            guard stored / StoredPaymentLoader.progressEvery > before else { return }
            progress.say("  stored \(Decimals.text(Double(stored)))")
        }
    }
}
