import Postgres
import TestKit
import Testing

@Suite("Errors", .timeLimit(.minutes(3)))
struct ErrorTests {
    @Test("A violated constraint is named")
    func constraint() async throws {
        try await withPool { pool in
            try await pool.execute(
                "CREATE TABLE t (n bigint CONSTRAINT n_is_positive CHECK (n > 0))"
            )
            let error = try await failure { try await pool.execute("INSERT INTO t VALUES (-1)") }
            #expect(error.kind == .server)
            #expect(error.sqlState == "23514")
            #expect(error.constraintName == "n_is_positive")
            #expect(!error.isRetryable)
            #expect(!error.outcomeIsUnknown)
        }
    }

    @Test("No value gets into an error's text")
    func noData() async throws {
        try await withPool { pool in
            try await pool.execute("CREATE TABLE t (card text PRIMARY KEY)")
            let card = "4242424242424242"
            try await pool.execute("INSERT INTO t VALUES (\(card))")
            let double = try await failure {
                try await pool.execute("INSERT INTO t VALUES (\(card))")
            }
            #expect(double.sqlState == "23505")
            let malformed = try await failure {
                try await pool.query("SELECT \(card + "x")::bigint")
            }
            #expect(malformed.sqlState == "22P02")
            for error in [double, malformed] { #expect(!error.description.contains("4242")) }
        }
    }

    @Test("A statement over its time limit ends as a timeout, and the connection lives on")
    func statementTimeout() async throws {
        try await TestDatabase.with(.empty) { database in
            let pool = try makePool(url: database.url) { $0.statementTimeoutMilliseconds = 50 }
            let error = try await failure { try await pool.query("SELECT pg_sleep(60)") }
            #expect(error.kind == .timeout)
            #expect(error.isRetryable)
            #expect(try await pool.value("SELECT 1", as: Int32.self) == 1)
        }
    }

    @Test("A session has the role and the name that were asked for")
    func role() async throws {
        try await TestDatabase.with(.empty) { database in
            let owner = try database.pool()
            try await owner.execute("CREATE ROLE \"odd name\\\" NOLOGIN")
            let pool = try makePool(url: database.url) {
                $0.role = "odd name\\"
                $0.applicationName = "the tests"
            }
            let row = try #require(
                try await pool.query("SELECT current_user, current_setting('application_name')")
                    .first
            )
            #expect(try row.decode((String, String).self) == ("odd name\\", "the tests"))
            await pool.shutDown()
            try await owner.execute("DROP ROLE \"odd name\\\"")
        }
    }

    @Test("A malformed connection string is refused without quoting it")
    func malformedURL() {
        #expect {
            try PostgresConfiguration(url: "postgresql://user:secret@[broken")
        } throws: { error in
            !"\(error)".contains("secret")
        }
    }

    @Test("A password is in no description")
    func password() throws {
        let configuration = try PostgresConfiguration(url: "postgresql://u:secret@db:6432/shop")
        #expect(configuration.publicDescription == "db:6432/shop")
    }
}
