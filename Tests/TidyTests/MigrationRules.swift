import Crypto
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

    /// The checksums of the files that are there.
    static func present(in tree: SourceTree) throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: tree.root.appendingPathComponent(folder).path
        )
        .filter { $0.hasSuffix(".sql") }.sorted()
        let folder = tree.root.appendingPathComponent(folder)
        return Dictionary(
            uniqueKeysWithValues: try names.map { name in
                let content = try Data(contentsOf: folder.appendingPathComponent(name))
                return (name, hexadecimal(SHA256.hash(data: content)))
            }
        )
    }

    /// As `sha256sum` writes it.
    private static func hexadecimal(_ digest: SHA256.Digest) -> String {
        digest.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
