import Postgres
import TestKit
import Testing

@Suite("Values of every type in use")
struct ValueTests {
    @Test("A bound value comes back as it went")
    func roundTrip() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try database.pool()
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
}
