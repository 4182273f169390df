import Postgres
import Testing

@Suite("Statements", .timeLimit(.minutes(3)))
struct QueryTests {
    @Test("What is interpolated becomes a bind, never text")
    func binds() {
        let text = "'; DROP TABLE account; --"
        let query: Query = "SELECT \(text), \(Int64(1)) FROM t WHERE a = \(nil as String?)"
        #expect(query.sql == "SELECT $1, $2 FROM t WHERE a = $3")
    }

    @Test("Only text of the program and quoted names enter the statement")
    func names() {
        let name = "we\"ird; name"
        let query: Query = "SELECT 1 FROM \(identifier: name) ORDER BY 1 \(raw: "DESC")"
        #expect(query.sql == "SELECT 1 FROM \"we\"\"ird; name\" ORDER BY 1 DESC")
    }

    @Test("Hostile text stays a value")
    func hostile() async throws {
        try await withPool { pool in
            let text = "'; DROP TABLE account; --"
            try await pool.execute("CREATE TABLE account (name text)")
            #expect(try await pool.execute("INSERT INTO account VALUES (\(text))") == 1)
            let read: String = try await pool.value("SELECT name FROM account WHERE name = \(text)")
            #expect(read == text)
        }
    }

    @Test("A hundred binds keep their places")
    func manyBinds() async throws {
        try await withPool { pool in
            var interpolation = Query.Interpolation(literalCapacity: 0, interpolationCount: 0)
            interpolation.appendLiteral("SELECT 0")
            for number in 1...100 {
                interpolation.appendLiteral(", ")
                interpolation.appendInterpolation(Int64(number))
            }
            let rows = try await pool.query(Query(stringInterpolation: interpolation))
            let row = try #require(rows.first)
            #expect(rows.columnCount == 101)
            #expect(try row.decode(Int64.self, at: 100) == 100)
        }
    }

    @Test("The count of touched rows is the server's")
    func counts() async throws {
        try await withPool { pool in
            try await pool.execute("CREATE TABLE t (n bigint)")
            #expect(try await pool.execute("INSERT INTO t SELECT generate_series(1, 5)") == 5)
            #expect(try await pool.execute("UPDATE t SET n = n WHERE n > \(Int64(2))") == 3)
            #expect(try await pool.execute("DELETE FROM t WHERE n > \(Int64(9))") == 0)
        }
    }
}
