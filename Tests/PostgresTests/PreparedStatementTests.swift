import Postgres
import TestKit
import Testing

@Suite("Prepared statements on the server", .timeLimit(.minutes(3)))
struct PreparedStatementTests {
    private func prepared(_ pool: PostgresPool) async throws -> Int {
        try await pool.value(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%mark%'"
        )
    }

    @Test("A statement is prepared once per connection")
    func once() async throws {
        try await withPool(connections: 1) { pool in
            for number in 0..<5 { try await pool.query("SELECT \(number) AS mark") }
            #expect(try await prepared(pool) == 2)
        }
    }

    @Test("The server never keeps more than the limit")
    func limit() async throws {
        try await TestDatabase.with(.empty) { database in
            let limits = PoolLimits(maximumConnections: 1)
            let pool = try makePool(url: database.url, limits: limits) {
                $0.preparedStatementLimit = 4
            }
            for round in 0..<3 {
                for number in 0..<10 {
                    let sql = "SELECT \(number) AS mark"
                    let value: Int32 = try await pool.value(Query(stringLiteral: sql))
                    #expect(value == Int32(number), "round \(round)")
                }
            }
            let kept: Int = try await pool.value("SELECT count(*) FROM pg_prepared_statements")
            #expect(kept == 4)
        }
    }

    @Test("One batch may hold more statements than the limit")
    func largeBatch() async throws {
        try await TestDatabase.with(.empty) { database in
            let limits = PoolLimits(maximumConnections: 1)
            let pool = try makePool(url: database.url, limits: limits) {
                $0.preparedStatementLimit = 4
            }
            for _ in 0..<2 {
                let queries = (0..<10).map { Query(stringLiteral: "SELECT \($0)::bigint") }
                let results = try await pool.pipeline(queries)
                let numbers = try results.map { try #require($0.first).decode(Int.self, at: 0) }
                #expect(numbers == Array(0..<10))
            }
        }
    }

    @Test("The same text with another type is another statement")
    func types() async throws {
        try await withPool(connections: 1) { pool in
            let first: Int64 = try await pool.value("SELECT \(Int64(1))")
            #expect(first == 1)
            #expect(try await pool.value("SELECT \(true)", as: Bool.self))
            #expect(try await pool.value("SELECT \(Int64(2))", as: Int64.self) == 2)
        }
    }

    @Test("After a migration changed a result's type, the next attempt succeeds")
    func changedPlan() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.execute("CREATE TABLE t (n integer)")
            try await pool.execute("INSERT INTO t VALUES (1)")
            let query: Query = "SELECT n FROM t"
            #expect(try await pool.value(query, as: Int32.self) == 1)
            try await pool.execute("ALTER TABLE t ALTER n TYPE bigint")
            let error = try await failure { try await pool.query(query) }
            #expect(error.isRetryable)
            #expect(try await pool.value(query, as: Int64.self) == 1)
        }
    }

    @Test("When the server has lost all statements, the next attempt succeeds")
    func discarded() async throws {
        try await withPool(connections: 1) { pool in
            let query: Query = "SELECT \(Int64(1))"
            try await pool.query(query)
            try await pool.execute("DEALLOCATE ALL")
            let error = try await failure { try await pool.query(query) }
            #expect(error.isRetryable)
            #expect(try await pool.value(query, as: Int64.self) == 1)
        }
    }
}
