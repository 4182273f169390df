import Foundation

/// Where the server's own programs are, `pgbench` among them.
enum PostgresPrograms {
    /// The folder of the version that the stack runs, or else of the newest.
    static func folder(root: String = "/usr/lib/postgresql") throws -> String {
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
            .compactMap(Int.init)
            .filter { FileManager.default.isExecutableFile(atPath: "\(root)/\($0)/bin/pgbench") }
        guard let chosen = versions.contains(15) ? 15 : versions.max() else {
            throw BenchmarkError("pgbench is not installed under \(root); run: make bootstrap")
        }
        return "\(root)/\(chosen)/bin"
    }
}
