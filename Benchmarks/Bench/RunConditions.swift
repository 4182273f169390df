import Foundation
import Postgres

/// On what and with what a run was made.
struct RunConditions: Sendable, Equatable, Codable {
    /// When the run ended, in UTC.
    let finishedAt: String
    let commit: String
    let processor: String
    let processors: Int
    let memoryMegabytes: Int
    let system: String
    let server: String
    /// The server's settings that are not its defaults.
    let serverSettings: [String: String]

    static func read(_ context: BenchmarkContext) async throws -> RunConditions {
        let (server, settings) = try await context.withPool(context.databaseURL) { pool in
            let version = try await pool.query("SELECT current_setting('server_version')")
            let rows = try await pool.query(
                """
                SELECT name, current_setting(name) FROM pg_settings
                WHERE source NOT IN ('default', 'override', 'client', 'session')
                ORDER BY name
                """
            )
            var settings: [String: String] = [:]
            for row in rows {
                let (name, value) = try row.decode((String, String).self)
                settings[name] = value
            }
            return (try version[0].decode(String.self, at: 0), settings)
        }
        return RunConditions(
            finishedAt: Date.now.formatted(.iso8601),
            commit: await commit(),
            processor: processorName(),
            processors: ProcessInfo.processInfo.activeProcessorCount,
            memoryMegabytes: Int(ProcessInfo.processInfo.physicalMemory >> 20),
            system: ProcessInfo.processInfo.operatingSystemVersionString,
            server: "PostgreSQL \(server)",
            serverSettings: settings
        )
    }

    /// The commit, with a plus sign where files differ from it.
    private static func commit() async -> String {
        let command = ["git", "describe", "--always", "--dirty=+", "--abbrev=12"]
        let text = (try? await ChildProcess.output(of: command)) ?? "unknown"
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func processorName() -> String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("model name") {
            return line.split(separator: ":").dropFirst().joined(separator: ":")
                .trimmingCharacters(in: .whitespaces)
        }
        return "unknown processor"
    }
}
