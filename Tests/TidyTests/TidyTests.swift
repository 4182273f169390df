import Testing

@Suite("The source tree")
struct TidyTests {
    private let tree = SourceTree.repository
    private let modules = SourceTree.repositoryModules
    private let texts = SourceTree.repositoryTexts

    @Test("is where the tests look for it")
    func treeIsFound() {
        #expect(modules.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
    }

    @Test("has imports that point from services down to rules")
    func layers() {
        expectNone(modules.flatMap(ImportRules.brokenLayers))
    }

    @Test("imports only what the manifest declares")
    func declaredImports() throws {
        let manifest = PackageManifest(try #require(tree.read("Package.swift")))
        expectNone(modules.flatMap { ImportRules.undeclaredImports(in: $0, manifest) })
    }

    @Test("has SQL in the stores only")
    func sqlInStores() {
        expectNone(modules.flatMap(TextRules.sqlOutsideStores))
    }

    @Test("has no floating point in the rules")
    func wholeNumbers() {
        expectNone(modules.flatMap(TextRules.floatingPointInRules))
    }

    @Test("prints nothing past the loggers")
    func noPrint() {
        expectNone(modules.flatMap(TextRules.prints))
    }

    @Test("has no task that nobody waits for")
    func noBareTask() {
        expectNone(modules.flatMap(TextRules.bareTasks))
    }

    @Test("sets options at the level that they belong to")
    func noOptionAtTheWrongLevel() {
        expectNone(modules.flatMap(TextRules.optionsAtTheWrongLevel))
    }

    @Test("says why, wherever it asks the compiler to look away")
    func uncheckedHasReason() {
        expectNone(modules.flatMap(TextRules.uncheckedWithoutReason))
    }

    @Test("has files that can be read in one go")
    func shortFiles() {
        expectNone(
            texts.filter { !$0.path.hasSuffix(".md") }.flatMap(TextRules.overlong)
        )
    }

    @Test("has no word about how it was made, and no note to oneself")
    func noWorkplaceWords() {
        expectNone(texts.flatMap(TextRules.workplaceWords))
    }

    @Test("refers only to pages that are there")
    func pagesExist() {
        let rules = "Tests/TidyTests/"
        let files = texts.filter { !$0.path.hasPrefix(rules) }
        expectNone(files.flatMap { TextRules.missingPages($0, in: tree) })
    }

    @Test("has migrations as they were released")
    func migrations() throws {
        let recorded = MigrationRules.parse(try #require(tree.read(MigrationRules.record)))
        let present = try MigrationRules.present(in: tree)
        expectNone(MigrationRules.findings(present: present, recorded: recorded))
    }

    private func expectNone(
        _ findings: [Finding],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let list = findings.map(\.description).joined(separator: "\n")
        #expect(findings.isEmpty, "\(list)", sourceLocation: sourceLocation)
    }
}

extension SourceTree {
    /// Everything that people read.
    fileprivate static let repositoryTexts = repository.textFiles()

    /// The Swift files of the modules, without the manifest.
    fileprivate static let repositoryModules = repositoryTexts.filter { file in
        file.path.hasSuffix(".swift")
            && ["Shared", "Services", "Benchmarks", "Tests"].contains(file.area)
    }
}
