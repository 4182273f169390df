import Postgres
import Testing

@Suite("Arrays", .timeLimit(.minutes(3)))
struct ArrayTests {
    @Test("An array of each type comes back as it went")
    func roundTrip() async throws {
        try await withPool { pool in
            let moments = [
                PostgresTimestamp(microsecondsSinceEpoch: 0), .init(microsecondsSinceEpoch: 1),
            ]
            let row = try #require(
                try await pool.query(
                    """
                    SELECT \([Int64.min, .max]), \([Int32.min, .max]), \([Int16.min, .max]),
                           \([true, false]), \(["", "ü,{}\"\\"]), \([[0, 1], []] as [[UInt8]]),
                           \(moments), \([1, nil] as [Int64?]), \(["a", nil] as [String?]),
                           \([[9], nil] as [[UInt8]?]), \([1, 2] as [Int])
                    """
                ).first
            )
            #expect(try row.decode([Int64].self, at: 0) == [.min, .max])
            #expect(try row.decode([Int32].self, at: 1) == [.min, .max])
            #expect(try row.decode([Int16].self, at: 2) == [.min, .max])
            #expect(try row.decode([Bool].self, at: 3) == [true, false])
            #expect(try row.decode([String].self, at: 4) == ["", "ü,{}\"\\"])
            #expect(try row.decode([[UInt8]].self, at: 5) == [[0, 1], []])
            #expect(try row.decode([PostgresTimestamp].self, at: 6) == moments)
            #expect(try row.decode([Int64?].self, at: 7) == [1, nil])
            #expect(try row.decode([String?].self, at: 8) == ["a", nil])
            #expect(try row.decode([[UInt8]?].self, at: 9) == [[9], nil])
            #expect(try row.decode([Int].self, at: 10) == [1, 2])
        }
    }

    @Test("Arrays become rows by unnest, in their order")
    func unnest() async throws {
        try await withPool { pool in
            let numbers = (0..<1000).map { Int64($0) }
            let texts: [String?] = numbers.map { $0.isMultiple(of: 3) ? nil : "n\($0)" }
            let rows = try await pool.query(
                "SELECT n, t FROM unnest(\(numbers), \(texts)) AS item(n, t)"
            )
            let read = try rows.map { try $0.decode((Int64, String?).self) }
            #expect(read.map(\.0) == numbers)
            #expect(read.map(\.1) == texts)
        }
    }

    @Test("An array with NULL in it is refused where values are asked for")
    func nullElement() async throws {
        try await withPool { pool in
            let row = try #require(try await pool.query("SELECT ARRAY[1, NULL]::bigint[]").first)
            #expect(try row.decode([Int64?].self, at: 0) == [1, nil])
            let error = try await failure { _ = try row.decode([Int64].self, at: 0) }
            #expect(error.kind == .typeMismatch)
        }
    }

    @Test("An array of two dimensions is refused")
    func dimensions() async throws {
        try await withPool { pool in
            let row = try #require(try await pool.query("SELECT '{{1},{2}}'::bigint[]").first)
            let error = try await failure { _ = try row.decode([Int64].self, at: 0) }
            #expect(error.kind == .typeMismatch)
        }
    }
}
