import Postgres
import Testing

@Suite("Values of every type in use", .timeLimit(.minutes(3)))
struct ValueTests {
    @Test("A bound value comes back as it went")
    func scalars() async throws {
        try await withPool { pool in
            let moment = PostgresTimestamp(microsecondsSinceEpoch: 1_700_000_000_123_456)
            let rows = try await pool.query(
                """
                SELECT \(true), \(Int16.min), \(Int32.max), \(Int64.min), \(Int.max),
                       \("ü 🙂 'quoted' $1")::text, \([0, 1, 255] as [UInt8]), \(moment),
                       \(UInt64.max)
                """
            )
            let row = try #require(rows.first)
            let values = try row.decode(
                (Bool, Int16, Int32, Int64, Int, String, [UInt8], PostgresTimestamp, UInt64).self
            )
            #expect(values.0 == true)
            #expect(values.1 == .min)
            #expect(values.2 == .max)
            #expect(values.3 == .min)
            #expect(values.4 == .max)
            #expect(values.5 == "ü 🙂 'quoted' $1")
            #expect(values.6 == [0, 1, 255])
            #expect(values.7 == moment)
            #expect(values.8 == .max)
        }
    }

    @Test("A value means the same to the server")
    func meaning() async throws {
        try await withPool { pool in
            let moment = PostgresTimestamp(microsecondsSinceEpoch: -1)
            let row = try #require(
                try await pool.query(
                    """
                    SELECT \(Int64(-5)) = -5, \(moment) = '1969-12-31 23:59:59.999999+00',
                           \([1, 2] as [UInt8]) = '\\x0102', \([Int64(7), -7]) = '{7,-7}',
                           \(["a,b", ""]) = ARRAY['a,b', ''], \("x") = 'x', \(false) = false
                    """
                ).first
            )
            for column in 0..<7 {
                #expect(try row.decode(Bool.self, at: column), "column \(column)")
            }
        }
    }

    @Test("NULL is nil, in every type")
    func nulls() async throws {
        try await withPool { pool in
            let row = try #require(
                try await pool.query(
                    """
                    SELECT \(nil as Bool?), \(nil as Int16?), \(nil as Int32?), \(nil as Int64?),
                           \(nil as String?)::text, \(nil as [UInt8]?),
                           \(nil as PostgresTimestamp?), \(nil as [Int64]?)
                    """
                ).first
            )
            let values = try row.decode(
                (
                    Bool?, Int16?, Int32?, Int64?, String?, [UInt8]?, PostgresTimestamp?, [Int64]?
                ).self
            )
            #expect(values.0 == nil)
            #expect(values.1 == nil)
            #expect(values.2 == nil)
            #expect(values.3 == nil)
            #expect(values.4 == nil)
            #expect(values.5 == nil)
            #expect(values.6 == nil)
            #expect(values.7 == nil)
        }
    }

    @Test("NULL is refused where a value is asked for, and so is another type")
    func mismatches() async throws {
        try await withPool { pool in
            let row = try #require(
                try await pool.query("SELECT NULL::bigint, 'text', 1.5::numeric").first
            )
            for read in [
                { _ = try row.decode(Int64.self, at: 0) },
                { _ = try row.decode(Int64.self, at: 1) },
                { _ = try row.decode(Int64.self, at: 2) },
                { _ = try row.decode([UInt8].self, at: 2) },
                { _ = try row.decode(Bool.self, at: 1) },
                { _ = try row.decode(String.self, at: 3) },
                { _ = try row.decode((Int64?, String).self) },
            ] {
                #expect(try await failure(read).kind == .typeMismatch)
            }
        }
    }

    @Test("Empty text and bytes are not NULL")
    func empties() async throws {
        try await withPool { pool in
            let row = try #require(
                try await pool.query(
                    "SELECT \("")::text, \([] as [UInt8]), \([] as [Int64]), \([] as [String])"
                ).first
            )
            let values = try row.decode((String, [UInt8], [Int64], [String]).self)
            #expect(values == ("", [], [], []))
        }
    }

    @Test("The server's own types of text are read as text")
    func textTypes() async throws {
        try await withPool { pool in
            try await pool.execute("CREATE TYPE mood AS ENUM ('calm', 'hurried')")
            let row = try #require(
                try await pool.query(
                    """
                    SELECT \("calm")::mood, \(#"{"a": 1}"#)::jsonb, \(#"{"a":1}"#)::json,
                           'inr'::char(3), 'x'::varchar(4), 'n'::name
                    """
                ).first
            )
            let values = try row.decode((String, String, String, String, String, String).self)
            #expect(values == ("calm", #"{"a": 1}"#, #"{"a":1}"#, "inr", "x", "n"))
        }
    }

    @Test("Whole numbers widen, transaction ids are read either way")
    func widening() async throws {
        try await withPool { pool in
            let row = try #require(
                try await pool.query(
                    "SELECT 1::smallint, 2::integer, 3::oid, '4'::xid8, '5'::xid8, 6::smallint"
                ).first
            )
            let values = try row.decode((Int64, Int64, Int64, Int64, UInt64, Int32).self)
            #expect(values == (1, 2, 3, 4, 5, 6))
        }
    }
}
