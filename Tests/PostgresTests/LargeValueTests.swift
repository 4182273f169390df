import Postgres
import Testing

@Suite("Large values and NULs", .timeLimit(.minutes(3)))
struct LargeValueTests {
    static let eightMegabytes = 8 << 20

    @Test("Eight megabytes go there and back, in text and in bytes")
    func eightMegabytes() async throws {
        try await withPool { pool in
            let bytes = [UInt8](unsafeUninitializedCapacity: Self.eightMegabytes) { buffer, count in
                for index in 0..<Self.eightMegabytes {
                    buffer[index] = UInt8(truncatingIfNeeded: index)
                }
                count = Self.eightMegabytes
            }
            let text = String(repeating: "12345678", count: Self.eightMegabytes / 8)
            let row = try #require(
                try await pool.query("SELECT \(bytes), \(text)::text, length(\(text))").first
            )
            #expect(try row.decode([UInt8].self, at: 0) == bytes)
            #expect(try row.decode(String.self, at: 1) == text)
            #expect(try row.decode(Int32.self, at: 2) == Int32(Self.eightMegabytes))
        }
    }

    @Test("Several large statements in one pipeline do not block each other")
    func largePipeline() async throws {
        try await withPool { pool in
            let text = String(repeating: "x", count: Self.eightMegabytes)
            let queries = (0..<4).map { "SELECT \(text)::text, \($0)" as Query }
            let results = try await pool.pipeline(queries)
            for (index, rows) in results.enumerated() {
                let (returned, number) = try #require(rows.first).decode((String, Int).self)
                #expect(returned.utf8.count == Self.eightMegabytes)
                #expect(number == index)
            }
        }
    }

    @Test("A NUL in text is refused before anything is sent", arguments: ["\0", "a\0b", "ab\0"])
    func nulInText(text: String) async throws {
        try await withPool(connections: 1) { pool in
            let backend = try await pool.backend()
            let error = try await failure { try await pool.query("SELECT \(text)::text") }
            #expect(error.kind == .invalidRequest)
            let inArray = try await failure { try await pool.query("SELECT \(["ok", text])") }
            #expect(inArray.kind == .invalidRequest)
            #expect(try await pool.backend() == backend)
        }
    }

    @Test("A NUL in bytes is a byte")
    func nulInBytes() async throws {
        try await withPool { pool in
            let bytes: [UInt8] = [0, 65, 0]
            let row = try #require(
                try await pool.query("SELECT \(bytes), length(\(bytes)), \([bytes, [0]])").first
            )
            let values = try row.decode(([UInt8], Int32, [[UInt8]]).self)
            #expect(values == (bytes, 3, [bytes, [0]]))
        }
    }

    @Test("A hundred thousand rows are read")
    func manyRows() async throws {
        try await withPool { pool in
            let rows = try await pool.query("SELECT n::bigint FROM generate_series(1, 100000) AS n")
            var sum: Int64 = 0
            for row in rows { sum += try row.decode(Int64.self, at: 0) }
            #expect(sum == 5_000_050_000)
        }
    }
}
