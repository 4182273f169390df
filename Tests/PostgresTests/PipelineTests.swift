import Postgres
import Testing

@Suite("Pipelines", .timeLimit(.minutes(3)))
struct PipelineTests {
    @Test("Results come in the order of the statements")
    func order() async throws {
        try await withPool { pool in
            let results = try await pool.pipeline((0..<50).map { "SELECT \($0)" })
            let numbers = try results.map { try #require($0.first).decode(Int.self, at: 0) }
            #expect(numbers == Array(0..<50))
        }
    }

    @Test("A setting of the transaction holds for the statements after it, and no longer")
    func oneTransaction() async throws {
        try await withPool(connections: 1) { pool in
            let results = try await pool.pipeline([
                "SELECT set_config('app.merchant', \("acct_1"), true)",
                "SELECT current_setting('app.merchant')",
            ])
            #expect(try #require(results.last?.first).decode(String.self, at: 0) == "acct_1")
            let after: String = try await pool.value("SELECT current_setting('app.merchant', true)")
            #expect(after == "")
        }
    }

    @Test("A failed statement undoes the pipeline and leaves the connection usable")
    func failed() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.execute("CREATE TABLE t (n bigint)")
            let backend = try await pool.backend()
            let error = try await failure {
                _ = try await pool.pipeline([
                    "INSERT INTO t VALUES (1)", "SELECT 1 / 0", "INSERT INTO t VALUES (2)",
                ])
            }
            #expect(error.sqlState == "22012")
            #expect(try await pool.value("SELECT count(*) FROM t", as: Int.self) == 0)
            #expect(try await pool.backend() == backend)
        }
    }

    @Test("A statement that cannot be parsed does not spoil the next use of the others")
    func unparsable() async throws {
        try await withPool(connections: 1) { pool in
            let good: Query = "SELECT \(Int64(1)) + 1"
            for _ in 0..<2 {
                let error = try await failure {
                    _ = try await pool.pipeline(["SELEC", good])
                }
                #expect(error.sqlState == "42601")
            }
            #expect(try await pool.value(good, as: Int64.self) == 2)
        }
    }

    @Test("A script runs statement by statement, and its failure is told")
    func script() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.withConnection { connection in
                try await connection.executeTrustedScript(
                    "CREATE TABLE a (n int); CREATE TABLE b (n int); INSERT INTO b VALUES (1), (2);"
                )
                #expect(try await connection.value("SELECT count(*) FROM b", as: Int.self) == 2)
                let error = try await failure {
                    try await connection.executeTrustedScript("DROP TABLE a; DROP TABLE missing")
                }
                #expect(error.sqlState == "42P01")
                let table: String? = try await connection.value("SELECT to_regclass('a')::text")
                #expect(table == "a")
                try await connection.executeTrustedScript("")
            }
        }
    }

    @Test("A connection in use refuses a second request instead of mixing them")
    func busy() async throws {
        try await withPool(connections: 2) { pool in
            try await pool.withConnection { connection in
                let backend = try await connection.backend()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await connection.query("SELECT pg_sleep(60)") }
                    try await eventually { try await pool.isSleeping(backend) }
                    let error = try await failure { try await connection.query("SELECT 1") }
                    #expect(error.kind == .invalidRequest)
                    group.cancelAll()
                    let canceled = try await failure { try await group.waitForAll() }
                    #expect(canceled.kind == .canceled)
                }
            }
        }
    }
}
