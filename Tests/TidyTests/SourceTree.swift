import Foundation

/// One file of the repository.
struct SourceFile: Sendable {
    /// Relative to the repository's root.
    let path: String
    let text: String

    /// The text taken apart.
    let lines: [SourceLine]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = path.hasSuffix(".swift") ? SourceLine.split(text) : []
    }

    /// The folder that the module has under `Shared`, `Services`, `Benchmarks` or `Tests`.
    var module: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    /// `Shared`, `Services`, `Benchmarks` or `Tests`.
    var area: String { path.split(separator: "/").first.map(String.init) ?? "" }

    /// The modules named by `import`, with the line of each.
    var imports: [(module: String, line: Int)] {
        lines.compactMap { line in
            guard line.code.contains("import ") else { return nil }
            let words = line.code.split(separator: " ").map(String.init)
            guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count,
                words[..<keyword].allSatisfy({ Self.importModifiers.contains($0) })
            else { return nil }
            let kinds = ["struct", "class", "enum", "protocol", "func", "var", "typealias"]
            let name = kinds.contains(words[keyword + 1]) ? words.last : words[keyword + 1]
            guard let module = name?.split(separator: ".").first else { return nil }
            return (String(module), line.number)
        }
    }

    private static let importModifiers: Set = [
        "public", "package", "internal", "fileprivate", "private", "@testable", "@preconcurrency",
        "@_exported", "@_spi",
    ]
}

/// The repository's files, as they lie on disk.
struct SourceTree: Sendable {
    let root: URL

    /// The tree that this test was built from.
    static let repository = SourceTree(
        root: URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent()
    )

    private static let skipped: Set = [
        ".build", ".git", ".venv", ".local", "__pycache__", ".pytest_cache", "node_modules",
    ]

    /// All files that people read.
    func textFiles() -> [SourceFile] {
        let endings = [".swift", ".sql", ".py", ".md", ".yml", ".yaml", ".h", ".modulemap", ".txt"]
        let names: Set = ["Makefile", "Dockerfile", ".ci/run"]
        return files { path in
            endings.contains { path.hasSuffix($0) }
                || names.contains { path == $0 || path.hasSuffix("/" + $0) }
        }
    }

    func read(_ path: String) -> String? {
        try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    private func files(where isWanted: (String) -> Bool) -> [SourceFile] {
        guard let walker = FileManager.default.enumerator(atPath: root.path) else { return [] }
        var paths: [String] = []
        while let path = walker.nextObject() as? String {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            if Self.skipped.contains(name) || name.hasPrefix(".local") || name.hasPrefix(".build") {
                walker.skipDescendants()
            } else if isWanted(path) {
                paths.append(path)
            }
        }
        return paths.sorted().compactMap { path in
            read(path).map { SourceFile(path: path, text: $0) }
        }
    }
}
