import Postgres
import TestKit
import Testing

@Suite("Under stress", .timeLimit(.minutes(3)))
struct StressTests {
    @Test("While backends are killed, what was said to be committed is there, and no more")
    func kills() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try database.pool(maximumConnections: 4)
            let killer = try makePool(url: database.url) { $0.applicationName = "killer" }
            try await pool.execute("CREATE TABLE t (n bigint PRIMARY KEY)")
            var committed: Set<Int64> = []
            var unknown: Set<Int64> = []
            try await withThrowingTaskGroup(of: (Int64, PostgresError?).self) { group in
                for number in 0..<400 as Range<Int64> {
                    group.addTask { (number, await insert(number, pool)) }
                    if number.isMultiple(of: 20) { try await kill(killer) }
                }
                for try await (number, error) in group {
                    if error == nil { committed.insert(number) }
                    if error?.outcomeIsUnknown == true { unknown.insert(number) }
                }
            }
            let rows = try await killer.query("SELECT n FROM t")
            let there = Set(try rows.map { try $0.decode(Int64.self, at: 0) })
            #expect(committed.isSubset(of: there))
            #expect(there.isSubset(of: committed.union(unknown)))
            #expect(committed.count > 100)
        }
    }

    private func insert(_ number: Int64, _ pool: PostgresPool) async -> PostgresError? {
        do {
            try await pool.withTransaction { transaction in
                try await transaction.execute("INSERT INTO t VALUES (\(number))")
                if number.isMultiple(of: 2) { try await transaction.commit(after: ["SELECT 1"]) }
            }
            return nil
        } catch {
            return error as? PostgresError
        }
    }

    private func kill(_ killer: PostgresPool) async throws {
        try await killer.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name <> 'killer'
            ORDER BY random() LIMIT 2
            """
        )
    }

    @Test("Under random cancellation every answer belongs to its question", arguments: [1, 2])
    func cancellation(seed: UInt64) async throws {
        try await withPool(connections: 3) { pool in
            let clock = try makePool(url: try await PrivatePostgres.shared().url())
            try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 0..<12 {
                    group.addTask {
                        var generator = SeededGenerator(seed: seed &* 1000 &+ UInt64(worker))
                        var answered = 0
                        for round in 0..<30 {
                            let question = worker * 1000 + round
                            let trips = Int.random(in: 0..<30, using: &generator)
                            let answer = await ask(pool, question, cancelAfter: trips, clock)
                            guard let answer else { continue }
                            #expect(answer == question)
                            answered += 1
                        }
                        return answered
                    }
                }
                let answered = try await group.reduce(0, +)
                #expect(answered > 0)
                #expect(answered < 12 * 30)
            }
            #expect(pool.leasedCount == 0)
            #expect(try await pool.value("SELECT 1", as: Int32.self) == 1)
        }
    }

    /// Asks for a number and cancels after some round trips of another pool; `nil` if that came
    /// first.
    private func ask(
        _ pool: PostgresPool,
        _ question: Int,
        cancelAfter trips: Int,
        _ clock: PostgresPool
    ) async -> Int? {
        await withTaskGroup(of: Int?.self) { group in
            group.addTask {
                do throws(PostgresError) {
                    return try await pool.query("SELECT \(question), pg_sleep(0.0005)").first?
                        .decode(Int.self, at: 0)
                } catch {
                    #expect(error.kind == .canceled)
                    return nil
                }
            }
            for _ in 0..<trips { _ = try? await clock.query("SELECT 1") }
            group.cancelAll()
            return await group.next() ?? nil
        }
    }
}
