import Logging
import Postgres
import TestKit

/// Runs a test with an empty database of its own and a pool for it.
func withPool<Output>(
    connections: Int = 4,
    _ body: (PostgresPool) async throws -> Output
) async throws -> Output {
    try await TestDatabase.with(.empty) { database in
        try await body(try database.pool(maximumConnections: connections))
    }
}

/// Makes a pool for a connection string.
func makePool(
    url: String,
    limits: PoolLimits = PoolLimits(maximumConnections: 2, waitTimeoutSeconds: 20),
    _ adjust: (inout PostgresConfiguration) -> Void = { _ in }
) throws -> PostgresPool {
    var configuration = try PostgresConfiguration(url: url)
    adjust(&configuration)
    return PostgresPool(configuration: configuration, limits: limits, logger: quiet)
}

/// Says nothing: failures are what these tests are about.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A condition was not met in ten seconds.
struct NeverHappened: Error {}

/// Asks until the answer is yes.
func eventually(_ isMet: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try await isMet() { return }
        await Task.yield()
    }
    throw NeverHappened()
}

extension PostgresExecutor {
    /// The server's process behind the connection.
    func backend() async throws -> Int32 {
        try await value("SELECT pg_backend_pid()")
    }

    /// The only value of the only row.
    func value<Value: PostgresValue>(
        _ query: Query,
        as type: Value.Type = Value.self
    ) async throws -> Value {
        let rows = try await self.query(query)
        guard let row = rows.first, rows.count == 1 else { throw NeverHappened() }
        return try row.decode(type, at: 0)
    }

    /// Whether a backend sleeps in `pg_sleep`.
    func isSleeping(_ backend: Int32) async throws -> Bool {
        try await value(
            """
            SELECT EXISTS (
                SELECT FROM pg_stat_activity
                WHERE pid = \(backend) AND state = 'active' AND wait_event = 'PgSleep')
            """
        )
    }
}

/// Runs work that must fail, and returns how it did.
func failure(_ work: () async throws -> Void) async throws -> PostgresError {
    do {
        try await work()
    } catch let error as PostgresError {
        return error
    }
    throw NeverHappened()
}
