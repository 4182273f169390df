import Postgres
import TestKit
import Testing

@Suite("Lost connections", .timeLimit(.minutes(3)))
struct LossTests {
    private func terminate(_ backend: Int32, _ witness: PostgresPool) async throws {
        try await eventually { try await witness.isSleeping(backend) }
        #expect(try await witness.value("SELECT pg_terminate_backend(\(backend))", as: Bool.self))
    }

    /// Kills the backend that a closure's statement sleeps in.
    private func kill(
        _ pool: PostgresPool,
        during body: @escaping @Sendable (AsyncStream<Int32>.Continuation) async throws -> Void
    ) async throws -> PostgresError {
        let witness = try makePool(url: try await PrivatePostgres.shared().url())
        return try await failure {
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (backends, announce) = AsyncStream.makeStream(of: Int32.self)
                group.addTask { try await body(announce) }
                for await backend in backends.prefix(1) { try await terminate(backend, witness) }
                try await group.waitForAll()
            }
        }
    }

    @Test("A backend killed in mid-query fails its task, and the next gets a new one")
    func killed() async throws {
        try await withPool(connections: 1) { pool in
            let backend = try await pool.backend()
            let error = try await kill(pool) { announce in
                try await pool.withConnection { connection in
                    announce.yield(try await connection.backend())
                    try await connection.query("SELECT pg_sleep(60)")
                }
            }
            #expect(error.kind == .closed)
            #expect(error.sqlState == "57P01")
            #expect(error.isRetryable)
            #expect(error.outcomeIsUnknown)
            #expect(try await pool.backend() != backend)
        }
    }

    @Test("A loss before the commit leaves no doubt: nothing was committed")
    func killedInTransaction() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.execute("CREATE TABLE t (n bigint)")
            let error = try await kill(pool) { announce in
                try await pool.withTransaction { transaction in
                    try await transaction.execute("INSERT INTO t VALUES (1)")
                    announce.yield(try await transaction.backend())
                    try await transaction.query("SELECT pg_sleep(60)")
                }
            }
            #expect(error.kind == .closed)
            #expect(!error.outcomeIsUnknown)
            #expect(try await pool.value("SELECT count(*) FROM t", as: Int.self) == 0)
        }
    }

    @Test("A loss during the commit leaves the outcome unknown")
    func killedInCommit() async throws {
        try await withPool(connections: 1) { pool in
            let error = try await kill(pool) { announce in
                try await pool.withTransaction { transaction in
                    announce.yield(try await transaction.backend())
                    try await transaction.commit(after: ["SELECT pg_sleep(60)"])
                }
            }
            #expect(error.outcomeIsUnknown)
        }
    }

    @Test("A connection that broke while idle is not handed out")
    func killedIdle() async throws {
        try await withPool(connections: 1) { pool in
            let witness = try makePool(url: try await PrivatePostgres.shared().url())
            let backend = try await pool.backend()
            _ = try await witness.query("SELECT pg_terminate_backend(\(backend), 5000)")
            // The backend is gone, but its last words may still be on their way to us.
            try await eventually {
                do throws(PostgresError) {
                    return try await pool.query("SELECT pg_backend_pid()").count == 1
                } catch {
                    #expect(error.kind == .closed)
                    return false
                }
            }
            #expect(try await pool.backend() != backend)
        }
    }

    @Test("After a restart of the server the pool goes on", arguments: ["fast", "immediate"])
    func restart(mode: String) async throws {
        let server = try await PrivatePostgres.start()
        let pool = try makePool(url: server.url())
        let before = try await pool.value("SELECT \(1)", as: Int.self)
        try await withThrowingTaskGroup(of: PostgresError.self) { group in
            group.addTask {
                try await failure { try await pool.query("SELECT pg_sleep(60)") }
            }
            try await eventually {
                try await pool.value(
                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')"
                )
            }
            try await server.stop(mode == "fast" ? .fast : .immediate)
            let error = try #require(try await group.next())
            #expect(error.kind == .closed)
            #expect(error.isRetryable)
            // Asked while the server is down, answered when it is up.
            group.addTask {
                let after = try await pool.value("SELECT \(2)", as: Int.self)
                #expect(after == before + 1)
                return error
            }
            try await eventually { pool.lastConnectionFailure != nil }
            try await server.startAgain()
            try await group.waitForAll()
        }
        await pool.shutDown()
    }
}
