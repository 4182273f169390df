import Postgres
import TestKit
import Testing

@Suite("Transactions", .timeLimit(.minutes(3)))
struct TransactionTests {
    struct ChangeOfMind: Error {}

    private func withTable(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withPool { pool in
            try await pool.execute("CREATE TABLE t (n bigint PRIMARY KEY)")
            try await body(pool)
        }
    }

    private func count(_ pool: PostgresPool) async throws -> Int {
        try await pool.value("SELECT count(*) FROM t")
    }

    @Test("The closure's return commits")
    func commit() async throws {
        try await withTable { pool in
            let number = try await pool.withTransaction { transaction in
                try await transaction.execute("INSERT INTO t VALUES (1)")
                return try await transaction.value("SELECT n FROM t", as: Int64.self)
            }
            #expect(number == 1)
            #expect(try await count(pool) == 1)
        }
    }

    @Test("An error thrown in the closure rolls back")
    func rollback() async throws {
        try await withTable { pool in
            await #expect(throws: ChangeOfMind.self) {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("INSERT INTO t VALUES (1)")
                    throw ChangeOfMind()
                }
            }
            let left = try await count(pool)
            #expect(left == 0)
        }
    }

    @Test("The last statements travel with the commit")
    func commitAfter() async throws {
        try await withTable { pool in
            let results = try await pool.withTransaction { transaction in
                try await transaction.execute("INSERT INTO t VALUES (1)")
                return try await transaction.commit(after: [
                    "INSERT INTO t VALUES (2)", "SELECT count(*) FROM t",
                ])
            }
            #expect(try #require(results.last?.first).decode(Int.self, at: 0) == 2)
            #expect(try await count(pool) == 2)
        }
    }

    @Test("A whole transaction can be one round trip")
    func oneRoundTrip() async throws {
        try await withTable { pool in
            let results = try await pool.withTransaction(isolation: .serializable) {
                try await $0.commit(after: [
                    "INSERT INTO t VALUES (1)", "SELECT current_setting('transaction_isolation')",
                ])
            }
            #expect(results.count == 2)
            #expect(try #require(results.last?.first).decode(String.self, at: 0) == "serializable")
            #expect(try await count(pool) == 1)
        }
    }

    @Test("Nothing may follow the commit")
    func ended() async throws {
        try await withTable { pool in
            let error = try await failure {
                try await pool.withTransaction { transaction in
                    try await transaction.commit(after: ["INSERT INTO t VALUES (1)"])
                    try await transaction.execute("INSERT INTO t VALUES (2)")
                }
            }
            #expect(error.kind == .invalidRequest)
            #expect(try await count(pool) == 1)
        }
    }

    @Test("A failed statement before the commit undoes all, and the connection is clean")
    func failedCommit() async throws {
        try await withTable { pool in
            let error = try await failure {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("INSERT INTO t VALUES (1)")
                    try await transaction.commit(after: ["INSERT INTO t VALUES (1)"])
                }
            }
            #expect(error.sqlState == "23505")
            #expect(error.constraintName == "t_pkey")
            #expect(!error.outcomeIsUnknown)
            #expect(try await count(pool) == 0)
        }
    }

    @Test("An error that the closure swallowed is not taken for a commit")
    func swallowed() async throws {
        try await withTable { pool in
            let error = try await failure {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("INSERT INTO t VALUES (1)")
                    _ = try? await transaction.execute("SELECT 1 / 0")
                }
            }
            #expect(error.sqlState == "25P02")
            #expect(try await count(pool) == 0)
        }
    }

    @Test("A read-only transaction refuses to write")
    func readOnly() async throws {
        try await withTable { pool in
            let error = try await failure {
                try await pool.withTransaction(readOnly: true) { transaction in
                    _ = try await transaction.execute("INSERT INTO t VALUES (1)")
                }
            }
            #expect(error.sqlState == "25006")
        }
    }

    @Test("A conflict of serializable transactions says that a retry can help")
    func conflict() async throws {
        try await withTable { pool in
            try await pool.execute("INSERT INTO t VALUES (1)")
            let error = try await failure {
                try await pool.withTransaction(isolation: .repeatableRead) { transaction in
                    try await transaction.query("SELECT n FROM t")
                    try await pool.execute("UPDATE t SET n = 2")
                    try await transaction.execute("UPDATE t SET n = 3")
                }
            }
            #expect(error.sqlState == "40001")
            #expect(error.isRetryable)
            #expect(try await pool.value("SELECT n FROM t", as: Int64.self) == 2)
        }
    }

    @Test("A canceled task rolls back and gives a clean connection back")
    func canceled() async throws {
        try await withTable { pool in
            let error = try await failure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let (backends, announce) = AsyncStream.makeStream(of: Int32.self)
                    group.addTask {
                        try await pool.withTransaction { transaction in
                            try await transaction.execute("INSERT INTO t VALUES (1)")
                            announce.yield(try await transaction.backend())
                            try await transaction.query("SELECT pg_sleep(60)")
                        }
                    }
                    for await backend in backends.prefix(1) {
                        try await eventually { try await pool.isSleeping(backend) }
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
            #expect(error.kind == .canceled)
            #expect(try await count(pool) == 0)
        }
    }

    @Test("A transaction that stays open too long is cut")
    func tooLong() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try makePool(url: database.url) { $0.transactionTimeoutMilliseconds = 200 }
            let error = try await failure {
                try await pool.withTransaction { transaction in
                    while true { try await transaction.query("SELECT pg_sleep(0.05)") }
                }
            }
            #expect(error.kind == .timeout)
            #expect(!error.outcomeIsUnknown)
            #expect(try await pool.value("SELECT 1", as: Int32.self) == 1)
        }
    }

    @Test("A closure that does nothing sends nothing")
    func nothing() async throws {
        let pool = try makePool(
            url: try await PrivatePostgres.shared().url(),
            limits: PoolLimits(maximumConnections: 1)
        )
        let number = try await pool.withTransaction { _ in 7 }
        #expect(number == 7)
    }

    @Test("A script can be part of a transaction")
    func script() async throws {
        try await withTable { pool in
            await #expect(throws: ChangeOfMind.self) {
                try await pool.withTransaction { transaction in
                    try await transaction.executeTrustedScript(
                        "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)"
                    )
                    #expect(
                        try await transaction.value("SELECT count(*) FROM t", as: Int.self) == 2
                    )
                    throw ChangeOfMind()
                }
            }
            let left = try await count(pool)
            #expect(left == 0)
        }
    }
}
