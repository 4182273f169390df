import Foundation

/// Migrations are only ever added: what a database may have run never changes.
///
/// `migrations.sha256` beside this file has a line for each, as `sha256sum` writes it. A new
/// migration gets its line by `make seal` when it is released.
enum MigrationRules {
    static let folder = "Shared/Schema/Migrations"
    static let record = "Tests/TidyTests/migrations.sha256"

    /// Compares names and checksums of what is there with what was recorded.
    static func findings(present: [String: String], recorded: [String: String]) -> [Finding] {
        let names = Set(present.keys).union(recorded.keys).sorted()
        return names.compactMap { name in
            let problem: String? =
                switch (present[name], recorded[name]) {
                case (nil, _): "was released and is gone"
                case (_, nil): "has no line in \(record)"
                case (let now?, let then?): now == then ? nil : "changed after its release"
                }
            return problem.map { Finding(path: "\(folder)/\(name)", line: 1, problem: $0) }
        }
    }

    /// Reads lines of a checksum, two spaces, and a name.
    static func parse(_ text: String) -> [String: String] {
        Dictionary(
            text.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: " ", omittingEmptySubsequences: true)
                guard parts.count == 2 else { return nil }
                return (String(parts[1]), String(parts[0]))
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The checksums of the files that are there, by the system's own tool.
    static func present(in tree: SourceTree) throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: tree.root.appendingPathComponent(folder).path
        )
        .filter { $0.hasSuffix(".sql") }.sorted()
        guard !names.isEmpty else { return [:] }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        process.currentDirectoryURL = tree.root.appendingPathComponent(folder)
        process.arguments = ["--"] + names
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return parse(String(decoding: data, as: UTF8.self))
    }
}
