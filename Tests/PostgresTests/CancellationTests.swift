import Postgres
import TestKit
import Testing

@Suite("Cancellation", .timeLimit(.minutes(3)))
struct CancellationTests {
    /// Runs a statement that sleeps, cancels its task once the server sleeps, returns the error.
    private func cancelSleeping(
        _ pool: PostgresPool,
        witness: PostgresPool
    ) async throws
        -> PostgresError
    {
        try await failure {
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (backends, announce) = AsyncStream.makeStream(of: Int32.self)
                group.addTask {
                    try await pool.withConnection { connection in
                        announce.yield(try await connection.backend())
                        try await connection.query("SELECT pg_sleep(60)")
                    }
                }
                for await backend in backends.prefix(1) {
                    try await eventually { try await witness.isSleeping(backend) }
                }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test("A canceled task's statement ends on the server, and the connection stays in use")
    func cancel() async throws {
        try await withPool(connections: 1) { pool in
            let witness = try makePool(url: try await PrivatePostgres.shared().url())
            let backend = try await pool.backend()
            let error = try await cancelSleeping(pool, witness: witness)
            #expect(error.kind == .canceled)
            #expect(!error.isRetryable)
            #expect(try await !witness.isSleeping(backend))
            #expect(try await pool.backend() == backend)
        }
    }

    @Test("A task that was canceled before sends nothing")
    func canceledBefore() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.execute("CREATE TABLE t (n bigint)")
            let error = try await failure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.cancelAll()
                    group.addTask { try await pool.execute("INSERT INTO t VALUES (1)") }
                    try await group.waitForAll()
                }
            }
            #expect(error.kind == .canceled)
            #expect(try await pool.value("SELECT count(*) FROM t", as: Int.self) == 0)
        }
    }

    @Test("A cancel never hits the next task's statement")
    func innocent() async throws {
        try await withPool(connections: 1) { pool in
            for round in 0..<60 {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try? await pool.query("SELECT pg_sleep(0.001)") }
                    for _ in 0..<round % 20 { await Task.yield() }
                    group.cancelAll()
                }
                let next: Int = try await pool.value("SELECT \(round)")
                #expect(next == round)
            }
        }
    }

    @Test("A large statement can be canceled while it is being sent")
    func whileSending() async throws {
        try await withPool(connections: 1) { pool in
            let bytes = [UInt8](repeating: 7, count: 32 << 20)
            _ = try await pool.backend()
            let error = try await failure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await pool.query("SELECT length(\(bytes)), pg_sleep(60)")
                    }
                    try await eventually { pool.leasedCount == 1 }
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
            #expect(error.kind == .canceled)
            #expect(try await pool.value("SELECT 1", as: Int32.self) == 1)
        }
    }

    @Test("A canceled task leaves the waiting line")
    func waiting() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.withConnection { connection in
                _ = try await connection.backend()
                let error = try await failure {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await pool.query("SELECT 1") }
                        try await eventually { pool.waitingCount == 1 }
                        group.cancelAll()
                        try await group.waitForAll()
                    }
                }
                #expect(error.kind == .canceled)
                #expect(pool.waitingCount == 0)
            }
        }
    }
}
