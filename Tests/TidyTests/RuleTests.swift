import Testing

@Suite("The rules for the source tree")
struct RuleTests {
    private func file(_ path: String, _ text: String) -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test("tell code, text and comment apart")
    func lines() {
        let source = """
            let a = "x \\" // y" // why
            let b = #"raw \\"#
            let c = \"\"\"
              SELECT // text
              \"\"\"
            """
        let lines = SourceLine.split(source)
        #expect(lines[0].code == "let a = \"\" ")
        #expect(lines[0].comment == "// why")
        #expect(lines[1].code == "let b = \"\"")
        #expect(lines[3].literal.contains("SELECT // text"))
        #expect(lines[4].code.hasSuffix("\""))
    }

    @Test(
        "refuse an import against the layers",
        arguments: [
            ("Shared/Money/A.swift", "import Foundation"),
            ("Shared/Payments/A.swift", "public import Postgres"),
            ("Shared/MerchantAPI/A.swift", "import EventStore"),
            ("Shared/Schema/A.swift", "import CPostgres"),
            ("Shared/EventStore/A.swift", "import TestKit"),
            ("Services/Gateway/A.swift", "import Orchestrator"),
            ("Services/Orchestrator/A.swift", "import Hummingbird"),
            ("Shared/Unheard/A.swift", ""),
        ]
    )
    func brokenLayer(path: String, text: String) {
        #expect(ImportRules.brokenLayers(in: file(path, text)).count == 1)
    }

    @Test(
        "allow an import along the layers",
        arguments: [
            ("Shared/Payments/A.swift", "public import Money"),
            ("Shared/Postgres/A.swift", "import CPostgres\nimport Foundation"),
            ("Shared/EventStore/A.swift", "import Postgres\nimport struct Payments.Payment"),
            ("Services/Gateway/A.swift", "import Hummingbird\nimport Projections"),
            ("Tests/GatewayTests/A.swift", "@testable import Gateway\nimport TestKit"),
        ]
    )
    func soundLayer(path: String, text: String) {
        #expect(ImportRules.brokenLayers(in: file(path, text)) == [])
    }

    @Test("read the manifest's declarations")
    func manifest() {
        let manifest = PackageManifest(
            """
            let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
            let nio: [Target.Dependency] = [
                .product(name: "NIOCore", package: "swift-nio"),
            ]

            func shared(_ name: String) {}
            let package = Package(targets: [
                // shared("Ghost", ["Money"]),
                shared("Ledger", ["Money"]),
                shared("Schema", ["Postgres", log], resources: [.copy("Migrations")]),
                service("Gateway", ["Money"] + nio),
                tests("Money", ["Money", .product(name: "Atomics", package: "swift-atomics")]),
            ])
            """
        )
        #expect(
            manifest.dependencies == [
                "Shared/Ledger": ["Money"],
                "Shared/Schema": ["Postgres", "Logging"],
                "Services/Gateway": ["Money", "NIOCore"],
                "Tests/MoneyTests": ["Money", "Atomics"],
            ]
        )
    }

    @Test("refuse an import that the manifest does not declare")
    func undeclared() {
        let manifest = PackageManifest("\nshared(\"Ledger\", [\"Money\"])\n")
        let text = "import Money\nimport Foundation\nimport Payments"
        let found = ImportRules.undeclaredImports(in: file("Shared/Ledger/A.swift", text), manifest)
        #expect(found.map(\.line) == [3])
    }

    @Test("find SQL in a literal, and not in a comment or a store")
    func sql() {
        let text = "let a = \"SELECT 1\" // UPDATE x SET y"
        #expect(TextRules.sqlOutsideStores(file("Services/Gateway/A.swift", text)).count == 1)
        #expect(TextRules.sqlOutsideStores(file("Shared/EventStore/A.swift", text)) == [])
        let comment = "// SELECT 1"
        #expect(TextRules.sqlOutsideStores(file("Services/Gateway/A.swift", comment)) == [])
    }

    @Test("find floating point in a rule", arguments: ["let a: Double", "let fee = 2.9"])
    func floats(text: String) {
        #expect(TextRules.floatingPointInRules(file("Shared/Money/A.swift", text)).count == 1)
        #expect(TextRules.floatingPointInRules(file("Shared/ServiceKit/A.swift", text)) == [])
    }

    @Test(
        "take no version or index for floating point",
        arguments: ["a.0.1", "\"2.9\"", "x[0...9]"]
    )
    func notFloats(text: String) {
        #expect(TextRules.floatingPointInRules(file("Shared/Money/A.swift", text)) == [])
    }

    @Test("find printing", arguments: ["print(x)", "    debugPrint(x)", "if a { dump(a) }"])
    func printing(text: String) {
        #expect(TextRules.prints(file("Services/Gateway/A.swift", text)).count == 1)
    }

    @Test(
        "take no method for printing",
        arguments: ["a.print(x)", "prettyPrint(x)", "// print(x)"]
    )
    func notPrinting(text: String) {
        #expect(TextRules.prints(file("Services/Gateway/A.swift", text)) == [])
    }

    @Test(
        "find a task that nobody waits for",
        arguments: [
            "Task { await x() }", "let t = Task<Void, Never> {", "Task.detached { }",
            "Task(priority: .high) {",
        ]
    )
    func bareTask(text: String) {
        #expect(TextRules.bareTasks(file("Services/Gateway/A.swift", text)).count == 1)
    }

    @Test(
        "allow what only asks about the task",
        arguments: ["Task.isCancelled", "try await Task.sleep(for: x)"]
    )
    func soundTask(text: String) {
        #expect(TextRules.bareTasks(file("Services/Gateway/A.swift", text)) == [])
    }

    @Test("find an option of TCP at the level of sockets")
    func options() {
        let wrong = ".channelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)"
        #expect(
            TextRules.optionsAtTheWrongLevel(file("Services/Sandbox/A.swift", wrong)).count == 1
        )
        let right = ".channelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)"
        #expect(TextRules.optionsAtTheWrongLevel(file("Services/Sandbox/A.swift", right)) == [])
    }

    @Test("want a reason beside an unchecked promise")
    func unchecked() {
        let bare = "final class A: @unchecked Sendable {}"
        #expect(TextRules.uncheckedWithoutReason(file("Shared/Postgres/A.swift", bare)).count == 1)
        let explained = "// Guarded by the lock.\n" + bare
        #expect(TextRules.uncheckedWithoutReason(file("Shared/Postgres/A.swift", explained)) == [])
    }

    @Test("find an overlong file")
    func length() {
        let limit = String(repeating: "a\n", count: TextRules.lineLimit)
        #expect(TextRules.overlong(file("Shared/Money/A.swift", limit)) == [])
        #expect(TextRules.overlong(file("Shared/Money/A.swift", limit + "a\n")).count == 1)
    }

    @Test("find words about the making", arguments: ["TO" + "DO: later", "see /wo" + "rk/main"])
    func workplace(text: String) {
        #expect(TextRules.workplaceWords(file("README", text)).count == 1)
        #expect(TextRules.workplaceWords(file("README", "what to do at work")) == [])
    }

    @Test("find a reference to a page that is not there")
    func pages() {
        let text = "see CHANGELOG.md and NOWHERE-AT-ALL.md"
        let found = TextRules.missingPages(file("A.swift", text), in: .repository)
        #expect(found.map(\.problem) == ["there is no NOWHERE-AT-ALL.md"])
    }

    @Test("find a migration that changed, went or was not recorded")
    func migrations() {
        let recorded = MigrationRules.parse("aa  0001_a.sql\nbb  0002_b.sql\ncc  0003_c.sql\n")
        let present = ["0001_a.sql": "aa", "0002_b.sql": "xx", "0004_d.sql": "dd"]
        let found = MigrationRules.findings(present: present, recorded: recorded)
        #expect(
            found.map(\.problem) == [
                "changed after its release", "was released and is gone",
                "has no line in Tests/TidyTests/migrations.sha256",
            ]
        )
    }
}
