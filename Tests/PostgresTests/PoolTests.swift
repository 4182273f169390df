import Postgres
import TestKit
import Testing

@Suite("Pool", .timeLimit(.minutes(3)))
struct PoolTests {
    private func pool(
        connections: Int = 1,
        waiting: Int = 100,
        timeoutSeconds: Double = 20
    ) async throws -> PostgresPool {
        try makePool(
            url: try await PrivatePostgres.shared().url(),
            limits: PoolLimits(
                maximumConnections: connections,
                maximumWaiting: waiting,
                waitTimeoutSeconds: timeoutSeconds
            )
        )
    }

    @Test("When too many wait, the next is refused at once")
    func exhausted() async throws {
        let pool = try await pool(waiting: 1)
        try await pool.withConnection { connection in
            try await connection.query("SELECT 1")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.query("SELECT 2") }
                try await eventually { pool.waitingCount == 1 }
                let error = try await failure { try await pool.query("SELECT 3") }
                #expect(error.kind == .poolExhausted)
                #expect(error.isRetryable)
                group.cancelAll()
                let canceled = try await failure { try await group.waitForAll() }
                #expect(canceled.kind == .canceled)
            }
            #expect(pool.waitingCount == 0)
        }
    }

    @Test("Who waits too long is told so")
    func waitTimeout() async throws {
        let pool = try await pool(timeoutSeconds: 0.05)
        try await connectPatiently(pool)
        try await pool.withConnection { connection in
            try await connection.query("SELECT 1")
            let error = try await failure { try await pool.query("SELECT 2") }
            #expect(error.kind == .timeout)
        }
        #expect(try await pool.value("SELECT 3", as: Int32.self) == 3)
    }

    /// Connects although the pool itself would not wait long enough for it on a busy machine.
    private func connectPatiently(_ pool: PostgresPool) async throws {
        try await eventually {
            do throws(PostgresError) {
                try await pool.query("SELECT 1")
                return true
            } catch {
                return false
            }
        }
    }

    @Test("Tasks get the connection in the order in which they asked")
    func order() async throws {
        let pool = try await pool()
        let (served, announce) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await pool.withConnection { connection in
                try await connection.query("SELECT 1")
                for number in 0..<20 {
                    group.addTask {
                        try await pool.withConnection { _ in _ = announce.yield(number) }
                    }
                    try await eventually { pool.waitingCount == number + 1 }
                }
            }
            try await group.waitForAll()
        }
        announce.finish()
        #expect(await served.reduce(into: []) { $0.append($1) } == Array(0..<20))
    }

    @Test("A thousand tasks share a few connections")
    func crowd() async throws {
        let pool = try await pool(connections: 4, waiting: 1000)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...1000 {
                group.addTask { try await pool.value("SELECT \(number)") }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 500_500)
        #expect(pool.leasedCount == 0)
    }

    @Test("A connection left inside a transaction is not given to the next task")
    func dirty() async throws {
        let pool = try await pool()
        let first = try await pool.withConnection { connection in
            try await connection.query("BEGIN")
            return try await connection.backend()
        }
        #expect(try await pool.backend() != first)
    }

    @Test("Shutting down waits for what is under way and refuses the rest")
    func shutDown() async throws {
        let pool = try await pool(connections: 2)
        let witness = try await self.pool()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            let backend = try await pool.withConnection { connection in
                group.cancelAll()
                try await eventually {
                    do throws(PostgresError) {
                        try await pool.query("SELECT 1")
                        return false
                    } catch {
                        return error.kind == .closed
                    }
                }
                return try await connection.backend()
            }
            try await group.waitForAll()
            try await eventually {
                try await witness.value(
                    "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(backend))"
                )
            }
        }
        let error = try await failure { try await pool.query("SELECT 1") }
        #expect(error.kind == .closed)
    }

    @Test("A pool that nobody holds any more leaves no connection behind")
    func dropped() async throws {
        let witness = try await pool()
        let backend = try await pool().backend()
        try await eventually {
            try await witness.value(
                "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(backend))"
            )
        }
    }

    @Test("A pool that was never used shuts down")
    func unused() async throws {
        try await pool().shutDown()
    }

    @Test("While no server answers, tasks wait their time and learn the reason")
    func noServer() async throws {
        let pool = try makePool(
            url: "postgresql://nobody@/nothing?host=/tmp/no-such-folder",
            limits: PoolLimits(maximumConnections: 2, waitTimeoutSeconds: 0.2)
        )
        let error = try await failure { try await pool.query("SELECT 1") }
        #expect(error.kind == .connectionFailed)
        #expect(error.isRetryable)
        #expect(error.message.contains("/tmp/no-such-folder"))
        #expect(!error.outcomeIsUnknown)
        #expect(pool.lastConnectionFailure != nil)
        await pool.shutDown()
    }
}
