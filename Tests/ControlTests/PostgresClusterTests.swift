import Foundation
import Glibc
import Logging
import Postgres
import ServiceKit
import Testing

@testable import Control

@Suite("A private cluster")
struct PostgresClusterTests {
    @Test("is durable, reached by its socket only, and keeps its data when its server is killed")
    func lifeAndDeath() async throws {
        try await TemporaryStack.with { layout in
            let cluster = try await PostgresPlace.cluster(for: layout)
            try await cluster.prepare()
            #expect(!FileManager.default.fileExists(atPath: cluster.data + ".unfinished"))

            let first = try ManagedProcess.start(cluster.server)
            try await withPool(cluster) { pool in
                let settings = try await eventually {
                    try await pool.query(
                        """
                        SELECT current_setting('fsync'), current_setting('synchronous_commit'),
                            current_setting('listen_addresses'), current_setting('data_checksums')
                        """
                    )
                }
                let row = try #require(settings.first)
                #expect(try row.decode(String.self, at: 0) == "on")
                #expect(try row.decode(String.self, at: 1) == "on")
                #expect(try row.decode(String.self, at: 2) == "")
                #expect(try row.decode(String.self, at: 3) == "on")
                _ = try await pool.execute("CREATE TABLE kept (number int)")
                _ = try await pool.execute("INSERT INTO kept VALUES (42)")
            }
            first.send(SIGKILL)
            #expect(await first.ending() == .killed(signal: SIGKILL))

            // What is there already is left as it is.
            try await cluster.prepare()
            let second = try await startWhenMemoryIsFree(cluster)
            try await withPool(cluster) { pool in
                let rows = try await eventually { try await pool.query("SELECT number FROM kept") }
                #expect(try rows.first?.decode(Int32.self, at: 0) == 42)
            }
            second.end(signal: SIGINT, killAfterSeconds: 30)
            #expect(await second.ending() == .exited(status: 0))
        }
    }

    @Test("gets an eighth of the memory, within bounds")
    func sharedBuffers() {
        #expect(PostgresCluster.sharedBuffersMegabytes(physicalMemoryBytes: 1 << 28) == 64)
        #expect(PostgresCluster.sharedBuffersMegabytes(physicalMemoryBytes: 4 << 30) == 512)
        #expect(PostgresCluster.sharedBuffersMegabytes(physicalMemoryBytes: 64 << 30) == 1_024)
    }

    @Test("uses the version that the system is tested with, or else the newest")
    func versions() async throws {
        try await TemporaryStack.with { layout in
            let root = layout.state + "/versions"
            func install(_ version: String) throws {
                let folder = "\(root)/\(version)/bin"
                try FileManager.default.createDirectory(
                    atPath: folder,
                    withIntermediateDirectories: true
                )
                try Data().write(to: URL(fileURLWithPath: folder + "/postgres"))
                chmod(folder + "/postgres", 0o755)
            }
            #expect(throws: ControlError.self) { try PostgresPlace.binaries(root: root) }
            try install("14")
            try install("17")
            #expect(try PostgresPlace.binaries(root: root) == "\(root)/17/bin")
            try install("15")
            #expect(try PostgresPlace.binaries(root: root) == "\(root)/15/bin")
        }
    }

    private func withPool(
        _ cluster: PostgresCluster,
        _ body: (PostgresPool) async throws -> Void
    ) async throws {
        let pool = PostgresPool(
            configuration: try PostgresConfiguration(url: cluster.databaseURL),
            limits: PoolLimits(maximumConnections: 1, waitTimeoutSeconds: 2),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await body(pool)
        await pool.shutDown()
    }

    /// The killed server's children may hold its shared memory for a moment; then it does not start.
    private func startWhenMemoryIsFree(_ cluster: PostgresCluster) async throws -> ManagedProcess {
        for _ in 0..<50 {
            let server = try ManagedProcess.start(cluster.server)
            do {
                try await eventually(attempts: 50) {
                    if server.hasEnded { throw CancellationError() }
                    try await withPool(cluster) { _ = try await $0.query("SELECT 1") }
                }
                return server
            } catch is CancellationError {
                continue
            }
        }
        throw ControlError("the server did not start again")
    }

    /// Tries until it succeeds: only the server knows when it is ready.
    private func eventually<Output>(
        attempts: Int = 200,
        _ body: () async throws -> Output
    ) async throws -> Output {
        var backoff = Backoff(initialMilliseconds: 20, maximumMilliseconds: 100)
        for _ in 1..<attempts {
            do {
                return try await body()
            } catch is PostgresError {
                try await Task.sleep(for: backoff.next())
            }
        }
        return try await body()
    }
}
