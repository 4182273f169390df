import CommandQueue
import EventStore
import Glibc
import JSON
import Logging
import Money
import Payments
import Postgres
import Projections
import ServiceKit
import Synchronization
import TestKit

@testable import Orchestrator

/// A migrated database with a merchant, and orchestrators over a scripted network.
struct Lab: Sendable {
    let database: TestDatabase
    /// As the tables' owner.
    let owner: PostgresPool
    let gateway: PostgresPool
    private let keys = Counter()
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func make() async throws -> Lab {
        let database = try await TestDatabase.migrated()
        let lab = Lab(
            database: database,
            owner: try database.pool(),
            gateway: try database.pool(role: "gateway")
        )
        try await lab.running([try lab.orchestrator()]) {
            let id = try await lab.submit(
                .createMerchant(CreateMerchant(merchant: Sample.merchant))
            )
            _ = try await lab.reply(to: id)
        }
        return lab
    }

    static func systemTime() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microsecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
        )
    }

    /// Repeats come quickly, so that nothing waits.
    static var quick: OrchestratorTuning {
        var tuning = OrchestratorTuning()
        tuning.retryInitialMilliseconds = 10
        tuning.retryMaximumMilliseconds = 20
        tuning.leaseSeconds = 30
        return tuning
    }

    /// An orchestrator that has not begun; a deaf one hears no notification, and its own go
    /// nowhere.
    func orchestrator(
        _ network: ScriptedNetwork = ScriptedNetwork(),
        tuning: OrchestratorTuning = Lab.quick,
        clock: @escaping @Sendable () -> Timestamp = { Lab.systemTime() },
        isDeaf: Bool = false,
        stages: StageTrace = .off
    ) throws -> OrchestratorService {
        var configuration = try database.configuration(role: "orchestrator")
        configuration.applicationName = "orchestrator"
        configuration.plansForGrowth = true
        return OrchestratorService(
            OrchestratorService.Dependencies(
                pool: PostgresPool(
                    configuration: configuration,
                    limits: PoolLimits(maximumConnections: 6),
                    logger: Self.logger
                ),
                // Notifications do not cross databases.
                configuration: isDeaf ? configuration.withDatabase("postgres") : configuration,
                network: network,
                owner: "orchestrator-\(keys.next())",
                clock: clock,
                metrics: Metrics(),
                stages: stages,
                logger: Self.logger,
                poll: WakeUps.Poll(shortest: .milliseconds(20), longest: .milliseconds(40))
            ),
            tuning
        )
    }

    /// Runs orchestrators while the body does, then ends them the hard way.
    func running<Output: Sendable>(
        _ services: [OrchestratorService],
        _ body: () async throws -> Output
    ) async throws -> Output {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for service in services { tasks.addTask { try await service.run() } }
            defer { tasks.cancelAll() }
            return try await body()
        }
    }

    /// Stores a command as a gateway does, and returns its number.
    func submit(_ command: Command, key: String? = nil) async throws -> Int64 {
        try await submit([command], key: key)[0]
    }

    /// Stores commands in one transaction.
    func submit(_ commands: [Command], key: String? = nil) async throws -> [Int64] {
        let results = try await Submitter.submitNow(
            commands.map { command in
                let number = keys.next()
                return Submission(
                    merchantID: Sample.merchantID,
                    idempotencyKey: key ?? "key-\(number)",
                    fingerprint: [1],
                    endpoint: "/v1/test",
                    command: command,
                    requestID: "req_\(number)",
                    apiVersion: "2026-10-28.endive"
                )
            },
            instance: "test",
            to: gateway
        )
        return results.map { result in
            switch result {
            case .accepted(let id): id
            case .duplicate(let earlier): earlier.commandID
            }
        }
    }

    /// Waits for a reply.
    func reply(to id: Int64) async throws -> (status: Int16, body: JSON) {
        while true {
            if let reply = try await ReplyStore.fetch([id], from: gateway)[id] {
                return (reply.status, try JSON(parsing: reply.body))
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Submits and waits.
    func ask(_ command: Command) async throws -> (status: Int16, body: JSON) {
        try await reply(to: try await submit(command))
    }

    /// The payment as the API reads it.
    func payment(_ number: Int) async throws -> Payment? {
        let rows = try await owner.query(
            "SELECT document FROM payment WHERE id = \(Sample.paymentID(number).rawValue)"
        )
        return try rows.first.map {
            try Payment(document: try JSON(parsing: try $0.decode([UInt8].self, at: 0)))
        }
    }

    /// The types of a payment's events, in order.
    func events(_ number: Int) async throws -> [String] {
        let key = StreamKey(
            merchantID: Sample.merchantID,
            stream: .payment(Sample.paymentID(number))
        )
        return try await EventReader(owner).stream(key).map(\.recorded.event.type)
    }

    func count(_ query: Query) async throws -> Int {
        try await owner.query(query).first?.decode(Int.self, at: 0) ?? -1
    }

    /// The balance of one kind of account over all owners, debits positive.
    func balance(_ code: Int) async throws -> Int {
        try await count(
            """
            SELECT coalesce(sum(entry.amount_minor), 0)::bigint
            FROM entry JOIN account ON account.id = entry.account_id
            WHERE account.code = \(code)::integer
            """
        )
    }

    /// Waits until no command is left to run.
    func untilIdle() async throws {
        try await eventually { try await count("SELECT count(*) FROM work") == 0 }
    }

    private final class Counter: Sendable {
        private let last = Mutex(0)

        func next() -> Int {
            last.withLock { last in
                last += 1
                return last
            }
        }
    }
}

/// Asks again and again until a condition holds; the test's time limit is the only other end.
///
/// The pause only leaves the processor to others; no test depends on its length.
func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(2)) }
}
