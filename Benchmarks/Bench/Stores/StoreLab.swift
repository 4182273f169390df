import Logging
import Payments
import Postgres
import Synchronization

/// A database of the product's schema that no service works with, for the stores alone.
struct StoreLab: Sendable {
    /// As many as tpcb-like has.
    static let clients = Pgbench.clients

    let context: BenchmarkContext
    let url: String
    let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    private let seeds: StoreSeeds

    /// Makes the database.
    init(_ context: BenchmarkContext, database: String) async throws {
        self.context = context
        url = try await context.makeDatabase(database)
        seeds = StoreSeeds(context.plan.seed)
    }

    /// A source of payments that no other makes.
    func samples() -> StoreSamples {
        StoreSamples(seed: seeds.next(), merchantCount: context.plan.merchants)
    }

    /// Connections of one of the services.
    func withPool<Output>(
        role: String?,
        connections: Int = clients,
        _ body: (PostgresPool) async throws -> Output
    ) async throws -> Output {
        try await context.withPool(url, role: role, connections: connections, body)
    }

    /// For what opens connections by itself: notifiers and listeners.
    func configuration(role: String) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url)
        configuration.applicationName = "bench"
        configuration.role = role
        return configuration
    }

    /// Runs clients side by side until the time is over, and returns what they did a second.
    ///
    /// What is under way at the end still counts, and so does its time.
    static func rate(
        clients: Int = clients,
        seconds: Double,
        _ client: @escaping @Sendable (_ end: ContinuousClock.Instant) async throws -> Int
    ) async throws -> Double {
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let done = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for _ in 0..<clients { tasks.addTask { try await client(end) } }
            return try await tasks.reduce(0, +)
        }
        return Double(done) / (ContinuousClock.now - start).seconds
    }
}

/// Numbers from which choices are made, each once.
private final class StoreSeeds: Sendable {
    private let last: Mutex<UInt64>

    init(_ seed: UInt64) { last = Mutex(seed << 32) }

    func next() -> UInt64 {
        last.withLock { last in
            last += 1
            return last
        }
    }
}

extension Duration {
    /// As a number, for rates.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
