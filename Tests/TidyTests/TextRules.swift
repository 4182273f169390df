/// The rules about what lines may hold.
enum TextRules {
    /// Lines of a file; state machines and tables of data may be named as exceptions below.
    static let lineLimit = 400

    /// Files that are longer for a reason.
    static let longFiles: [String: String] = [:]

    static func overlong(_ file: SourceFile) -> [Finding] {
        let count = file.text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        guard count > lineLimit, longFiles[file.path] == nil else { return [] }
        return [
            Finding(path: file.path, line: lineLimit, problem: "\(count) lines; split the file")
        ]
    }

    static func sqlOutsideStores(_ file: SourceFile) -> [Finding] {
        let layer = Layer.of(file.module)
        let mayHoldSQL: [Layer?] = [.stores, .postgres, .testSupport, .tests, .benchmarks]
        guard !mayHoldSQL.contains(layer) else { return [] }
        return findings(in: file, part: \.literal, problem: "SQL belongs to the stores") { text in
            guard sqlWords.contains(where: { text.contains($0) }) else { return false }
            return [
                #/\bSELECT\s+\S/#, #/\bINSERT\s+INTO\s/#, #/\bUPDATE\s+\S+\s+SET\s/#,
                #/\bDELETE\s+FROM\s/#,
                #/\b(?:CREATE|ALTER|DROP)\s+(?:TABLE|ROLE|INDEX|FUNCTION)\s/#,
                #/\bTRUNCATE\s/#, #/\bNOTIFY\s/#, #/\bLISTEN\s/#,
            ]
            .contains { text.contains($0) }
        }
    }

    /// Looked for first, because most lines have none of them.
    private static let sqlWords = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "TRUNCATE", "NOTIFY",
        "LISTEN",
    ]

    static func floatingPointInRules(_ file: SourceFile) -> [Finding] {
        guard Layer.of(file.module) == .rules else { return [] }
        return findings(in: file, part: \.code, problem: "rules know no floating point") { text in
            let words = text.split { !$0.isLetter && !$0.isNumber }
            return words.contains { floatingTypes.contains(String($0)) } || hasFraction(text)
        }
    }

    private static let floatingTypes: Set = [
        "Double", "Float", "Float16", "Float32", "Float64", "Float80", "CGFloat", "Decimal",
    ]

    /// Whether a number has digits on both sides of a point; `$0.1` and `pair.0.1` are no numbers.
    private static func hasFraction(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        for index in bytes.indices.dropFirst().dropLast()
        where bytes[index] == 0x2e && isDigit(bytes[index - 1]) && isDigit(bytes[index + 1]) {
            var start = index - 1
            while start >= 0, isDigit(bytes[start]) || bytes[start] == 0x5f { start -= 1 }
            guard start >= 0 else { return true }
            let before = Character(UnicodeScalar(bytes[start]))
            if !before.isLetter, before != "$", before != "." { return true }
        }
        return false
    }

    static func prints(_ file: SourceFile) -> [Finding] {
        findings(in: file, part: \.code, problem: "use a logger or the console") { text in
            guard printing.contains(where: { text.contains($0) }) else { return false }
            return text.contains(#/(^|[^.\w])(print|debugPrint|dump|NSLog)\(/#)
                && !text.contains("func ") && !text.contains(", to: &")
        }
    }

    private static let printing = ["print(", "Print(", "dump(", "NSLog("]

    static func bareTasks(_ file: SourceFile) -> [Finding] {
        findings(in: file, part: \.code, problem: "a bare Task has nobody who waits for it") {
            text in
            guard text.contains("Task") else { return false }
            return text.contains(
                #/\bTask(\s*<[^>]*>)?(\.(detached|init|immediate))?\s*(\([^)]*\))?\s*\{/#
            )
                || text.contains(#/\bTask\.(detached|immediate)\b/#)
        }
    }

    /// An option of TCP at the level of sockets has another option's number there: without delay (1) is
    /// debugging (1), which the system allows to nobody but root.
    static func optionsAtTheWrongLevel(_ file: SourceFile) -> [Finding] {
        findings(in: file, part: \.code, problem: "an option of TCP is a tcpOption") { text in
            text.contains("socketOption(.tcp_")
        }
    }

    /// Code that asks the compiler to look away has to say why that is safe.
    static func uncheckedWithoutReason(_ file: SourceFile) -> [Finding] {
        let lines = file.lines
        return lines.indices.compactMap { index in
            guard lines[index].code.contains("unchecked") || lines[index].code.contains("unsafe"),
                lines[index].code.contains(#/@unchecked\s+Sendable|nonisolated\(unsafe\)/#)
            else { return nil }
            let nearby = lines[max(0, index - 8)...index].map(\.comment).joined(separator: " ")
            let reasons = #/(?i)unchecked|sendable|lock|thread|concurren|immutable|once/#
            guard !nearby.contains(reasons) else { return nil }
            return Finding(
                path: file.path,
                line: lines[index].number,
                problem: "no comment says why this is safe"
            )
        }
    }

    /// Words about how the text came to be, and notes to oneself, do not belong into it.
    static func workplaceWords(_ file: SourceFile) -> [Finding] {
        let whole = file.text.lowercased()
        let found = workplace.filter { whole.contains($0) }
        guard !found.isEmpty else { return [] }
        return file.text.lowercased().split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
            .flatMap { index, line in
                found.filter { line.contains($0) }.map { word in
                    Finding(
                        path: file.path,
                        line: index + 1,
                        problem: "\"\(word)\" says nothing about the product"
                    )
                }
            }
    }

    // Joined from halves so that this file does not find itself.
    private static let workplace = [
        ("to", "do:"), ("fix", "me"), ("xx", "x:"), ("/wo", "rk/main"), ("/wo", "rk/shared"),
        ("/tmp/", "c/"), ("/tmp/", "wt/"), ("contract", ".md"), ("cla", "ude"),
        ("anth", "ropic"), ("chat", "gpt"), ("language", " model"), ("sub", "agent"),
        ("issues", " show"), ("helper", " \""), ("the", " brief"),
    ].map { $0 + $1 }

    /// Pages that a text refers to have to be there.
    static func missingPages(_ file: SourceFile, in tree: SourceTree) -> [Finding] {
        let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
        return file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .flatMap { index, line in
                guard line.contains(".md") else { return [Finding]() }
                return line.matches(of: #/[A-Za-z0-9_\-\/.]+\.md\b/#).compactMap { match in
                    let page = String(match.output)
                    let isThere = tree.exists(page) || tree.exists("\(folder)/\(page)")
                    return isThere
                        ? nil
                        : Finding(path: file.path, line: index + 1, problem: "there is no \(page)")
                }
            }
    }

    private static func findings(
        in file: SourceFile,
        part: KeyPath<SourceLine, String>,
        problem: String,
        where isBroken: (String) -> Bool
    ) -> [Finding] {
        file.lines.filter { isBroken($0[keyPath: part]) }
            .map { Finding(path: file.path, line: $0.number, problem: problem) }
    }
}
