import Foundation

/// The yardstick: `pgbench -b tpcb-like`, in a database of its own on the stack's server.
struct Pgbench: Sendable {
    static let databaseName = "tpcb_like"
    static let scale = 50
    static let clients = 16
    static let threads = 2

    /// The URL of its database.
    let databaseURL: String
    /// The folder of `pgbench`.
    let binaries: String

    /// Fills the four tables, five million accounts.
    func prepare() async throws {
        _ = try await ChildProcess.output(
            of: [
                "\(binaries)/pgbench", "--initialize", "--quiet", "--scale=\(Self.scale)",
                databaseURL,
            ]
        )
    }

    /// Runs for so many seconds.
    func transactionsPerSecond(for seconds: Int) async throws -> Double {
        let report = try await ChildProcess.output(
            of: [
                "\(binaries)/pgbench", "--builtin=tpcb-like", "--client=\(Self.clients)",
                "--jobs=\(Self.threads)", "--protocol=prepared", "--time=\(seconds)", databaseURL,
            ]
        )
        guard let rate = Self.rate(in: report) else {
            throw BenchmarkError("pgbench reported no rate:\n\(report)")
        }
        return rate
    }

    /// The rate in a line such as `tps = 1533.204 (without initial connection time)`.
    static func rate(in report: String) -> Double? {
        for line in report.split(separator: "\n") where line.hasPrefix("tps = ") {
            let number = line.dropFirst("tps = ".count).prefix { $0 != " " }
            return Double(number)
        }
        return nil
    }
}
