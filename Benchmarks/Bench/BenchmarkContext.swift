import Foundation
import Logging
import Postgres
import Schema

/// How long and how often things are measured.
struct BenchmarkPlan: Sendable, Equatable, Codable {
    /// Rounds of each measurement; the median of them counts.
    let rounds: Int
    /// The length of a round.
    let roundSeconds: Double
    /// The length of each run of tpcb-like.
    let baselineSeconds: Int
    /// Merchants that pay, by Zipf.
    let merchants: Int
    /// Requests in flight in the closed loop.
    let inFlight: Int
    /// Where all choices come from.
    let seed: UInt64
    /// Whether this is the short run.
    let isQuick: Bool
}

/// What a case is given.
struct BenchmarkContext: Sendable {
    let plan: BenchmarkPlan
    let progress: Progress

    /// The running stack, with the gateway's URL and the processes.
    let stack: BenchmarkStack

    /// tpcb-like at scale 50, on the same server.
    let pgbench: Pgbench

    /// The process that sends requests to the gateway.
    let load: LoadGenerator

    /// The first step of the growth case, for comparison.
    let growth = GrowthLog()

    /// All runs of tpcb-like so far.
    let baselines = BaselineLog()

    /// The stack's own database, with which its services work.
    var databaseURL: String { stack.databaseURL }

    /// Makes a database of the product's schema for one case, on the same server.
    ///
    /// No service works with it. It goes away with the server. Returns its URL.
    func makeDatabase(_ name: String) async throws -> String {
        try await makeEmptyDatabase(name)
        let url = stack.databaseURL(of: name)
        _ = try await withPool(url) { pool in
            try await Migrator(pool, migrations: try Migration.all()).run()
        }
        return url
    }

    /// Makes a database without tables.
    func makeEmptyDatabase(_ name: String) async throws {
        _ = try await withPool(databaseURL) { pool in
            try await pool.query("CREATE DATABASE \(identifier: name)")
        }
    }

    /// Connects for as long as the closure runs: as the owner, or in a service's role.
    func withPool<Output>(
        _ url: String,
        role: String? = nil,
        connections: Int = 2,
        _ body: (PostgresPool) async throws -> Output
    ) async throws -> Output {
        var configuration = try PostgresConfiguration(url: url)
        configuration.applicationName = "bench"
        configuration.role = role
        let pool = PostgresPool(
            configuration: configuration,
            limits: PoolLimits(maximumConnections: connections),
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        )
        do {
            let output = try await body(pool)
            await pool.shutDown()
            return output
        } catch {
            await pool.shutDown()
            throw error
        }
    }
}

/// The runs of tpcb-like, in the order in which they were made.
actor BaselineLog {
    private(set) var rates: [Double] = []

    func add(_ rate: Double) { rates.append(rate) }

    /// All runs together; nothing before the first.
    var spread: Spread? { rates.isEmpty ? nil : Spread(rates) }
}
