/// What `Package.swift` declares, as far as the rules need it.
///
/// The manifest is read as text: the package manager cannot be asked while it runs the tests.
struct PackageManifest: Sendable {
    /// For each target's folder, such as `Shared/Money`, the modules that it may import.
    let dependencies: [String: Set<String>]

    init(_ source: String) {
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let text = "\n" + lines.filter { !Self.isComment($0) }.joined(separator: "\n")
        let constants = Self.constants(in: text)
        var dependencies: [String: Set<String>] = [:]
        for (function, folder) in [
            ("shared(", "Shared/"), ("service(", "Services/"), ("benchmark(", "Benchmarks/"),
            ("tests(", "Tests/"),
        ] {
            for arguments in Self.calls(of: function, in: text) {
                guard let name = Self.literals(in: arguments).first else { continue }
                let key = folder + name + (function == "tests(" ? "Tests" : "")
                dependencies[key] = Self.modules(in: arguments, constants)
            }
        }
        self.dependencies = dependencies
    }

    private static func isComment(_ line: Substring) -> Bool {
        line.drop { $0 == " " }.hasPrefix("//")
    }

    /// `let nio = [ .product(name: "NIOCore", …) ]`, by name.
    private static func constants(in text: String) -> [String: Set<String>] {
        var constants: [String: Set<String>] = [:]
        for part in text.components(after: "\nlet ") {
            guard let name = part.split(separator: ":").first, part.contains("Target.Dependency")
            else { continue }
            let end = part.range(of: "\n\n")?.lowerBound ?? part.endIndex
            let value = String(part[..<end].components(before: "\nlet "))
            constants[String(name)] = Set(products(in: value))
        }
        return constants
    }

    private static func modules(
        in arguments: String,
        _ constants: [String: Set<String>]
    ) -> Set<String> {
        let products = products(in: arguments)
        let packages = arguments.components(after: "package: \"").compactMap {
            $0.split(separator: "\"").first.map(String.init)
        }
        var modules = Set(literals(in: arguments).dropFirst()).subtracting(packages).union(products)
        for word in words(outsideLiterals: arguments) {
            modules.formUnion(constants[word] ?? [])
        }
        return modules.subtracting(["Migrations"])
    }

    private static func products(in text: String) -> [String] {
        text.components(after: ".product(").compactMap { literals(in: $0).first }
    }

    /// The arguments of each call, found by balancing brackets.
    private static func calls(of function: String, in text: String) -> [String] {
        text.components(after: function, onlyAtWordStart: true).compactMap { rest in
            var depth = 1
            var end = rest.startIndex
            while end < rest.endIndex {
                if rest[end] == "(" { depth += 1 }
                if rest[end] == ")" { depth -= 1 }
                if depth == 0 { return String(rest[..<end]) }
                end = rest.index(after: end)
            }
            return nil
        }
    }

    private static func literals(in text: String) -> [String] {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }

    private static func words(outsideLiterals text: String) -> [String] {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().filter { $0.offset.isMultiple(of: 2) }
            .flatMap { $0.element.split { !$0.isLetter && !$0.isNumber } }
            .map(String.init)
    }
}

extension StringProtocol {
    /// What follows each occurrence, up to the end of the text.
    fileprivate func components(after marker: String, onlyAtWordStart: Bool = false) -> [String] {
        var found: [String] = []
        var start = startIndex
        while let range = self[start...].firstRange(of: marker) {
            start = range.upperBound
            let isInWord =
                range.lowerBound > startIndex && self[index(before: range.lowerBound)].isLetter
            let isDeclaration = self[..<range.lowerBound].hasSuffix("func ")
            if !onlyAtWordStart || (!isInWord && !isDeclaration) {
                found.append(String(self[start...]))
            }
        }
        return found
    }

    fileprivate func components(before marker: String) -> SubSequence {
        firstRange(of: marker).map { self[..<$0.lowerBound] } ?? self[...]
    }

    fileprivate func range(of marker: String) -> Range<Index>? { firstRange(of: marker) }
}
