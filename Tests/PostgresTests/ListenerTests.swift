import Postgres
import TestKit
import Testing

@Suite("Listening", .timeLimit(.minutes(3)))
struct ListenerTests {
    private func listener(_ database: TestDatabase, _ channels: [String]) throws -> PostgresListener
    {
        var configuration = try database.configuration()
        configuration.applicationName = "listener"
        return PostgresListener(configuration: configuration, channels: channels, logger: quiet)
    }

    @Test("A notification wakes the reader of its channel, and of no other")
    func notified() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try database.pool()
            var events = try listener(database, ["work", "Reply \"1\""]).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            try await pool.query("NOTIFY other")
            try await pool.query("NOTIFY work")
            #expect(await events.next() == .notified("work"))
            try await pool.query("NOTIFY \(identifier: "Reply \"1\"")")
            #expect(await events.next() == .notified("Reply \"1\""))
        }
    }

    @Test("Many notifications of a channel become one wake-up while the reader is busy")
    func gathered() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try database.pool()
            var events = try listener(database, ["a", "b"]).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            for number in 0..<100 { try await pool.query("SELECT pg_notify('a', \("\(number)"))") }
            try await pool.query("NOTIFY b")
            // The server delivers in the order of the commits, so all of "a" is here before "b".
            var count = 0
            while let event = await events.next(), event != .notified("b") { count += 1 }
            #expect((1...100).contains(count))
        }
    }

    @Test("A listener that loses its connection says so when it listens again")
    func lost() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try database.pool()
            try await pool.execute("CREATE TABLE message (n bigint)")
            var events = try listener(database, ["work"]).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            var seen = 0
            for round in 1...3 {
                let ended: Int = try await pool.value(
                    """
                    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
                    WHERE application_name = 'listener' AND datname = current_database()
                    """
                )
                #expect(ended == 1)
                // Sent while nobody listens: only looking after the reconnect finds it.
                try await pool.execute("INSERT INTO message VALUES (\(round))")
                try await pool.query("NOTIFY work")
                #expect(await events.next() == .reconnected)
                seen = try await pool.value("SELECT count(*) FROM message")
                #expect(seen == round)
                try await pool.query("NOTIFY work")
                #expect(await events.next() == .notified("work"))
            }
            #expect(seen == 3)
        }
    }

    @Test("Whatever is written around losses of the connection is found by following the events")
    func missesNothing() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try database.pool()
            try await pool.execute("CREATE TABLE message (n bigint)")
            let listener = try listener(database, ["work"])
            let total = 200
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in listener {
                        let seen: Int = try await pool.value("SELECT count(*) FROM message")
                        if seen == total { return }
                    }
                }
                group.addTask {
                    for number in 1...total {
                        try await pool.execute("INSERT INTO message VALUES (\(number))")
                        try await pool.query("NOTIFY work")
                        guard number.isMultiple(of: 50) else { continue }
                        try await pool.query(
                            """
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE application_name = 'listener' AND datname = current_database()
                            """
                        )
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("The sequence ends when its task is canceled")
    func canceled() async throws {
        try await TestDatabase.with(.empty) { database in
            let listener = try listener(database, ["work"])
            let (heard, announce) = AsyncStream.makeStream(of: PostgresListener.Event.self)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in listener { announce.yield(event) }
                }
                for await event in heard.prefix(1) { #expect(event == .reconnected) }
                group.cancelAll()
            }
        }
    }

    @Test("Who stops listening leaves no connection behind")
    func stopped() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try database.pool()
            let listeners: Query = """
                SELECT count(*) FROM pg_stat_activity
                WHERE application_name = 'listener' AND datname = current_database()
                """
            for await event in try listener(database, ["work"]) {
                #expect(event == .reconnected)
                #expect(try await pool.value(listeners, as: Int.self) == 1)
                break
            }
            try await eventually { try await pool.value(listeners, as: Int.self) == 0 }
        }
    }

    @Test("A listener waits for a server that comes later")
    func serverComesLater() async throws {
        let server = try await PrivatePostgres.start()
        try await server.stop()
        let listener = PostgresListener(
            configuration: try PostgresConfiguration(url: server.url()),
            channels: ["work"],
            logger: quiet
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var events = listener.makeAsyncIterator()
                #expect(await events.next() == .reconnected)
            }
            try await server.startAgain()
            try await group.waitForAll()
        }
    }
}
