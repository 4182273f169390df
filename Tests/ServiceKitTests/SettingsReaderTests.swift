import Foundation
import ServiceKit
import Testing

@Suite("Settings")
struct SettingsReaderTests {
    private enum Mode: String, CaseIterable {
        case fast
        case safe
    }

    @Test("come from a flag before the environment, and from the environment before the default")
    func precedence() throws {
        var reader = SettingsReader(
            arguments: ["--admin-port", "7000", "--log-level=debug"],
            environment: ["ADMIN_PORT": "8000", "NAME": "a", "LOG_LEVEL": "error"]
        )
        #expect(reader.integer("admin.port", default: 1, in: 1...9_999, help: "") == 7_000)
        #expect(reader.string("log.level", default: "info", help: "") == "debug")
        #expect(reader.string("name", default: "b", help: "") == "a")
        #expect(reader.string("other", default: "c", help: "") == "c")
        try reader.finish()
    }

    @Test("are refused with every problem at once")
    func allProblems() {
        var reader = SettingsReader(
            arguments: ["--bogus", "1", "stray", "--empty"],
            environment: ["PORT": "99999999", "DEMO": "perhaps", "MODE": "slow"]
        )
        _ = reader.integer("port", default: 1, in: 1...65_535, help: "")
        _ = reader.boolean("demo", default: false, help: "")
        _ = reader.choice("mode", default: Mode.safe, help: "")
        _ = reader.requiredString("name", help: "what it is called")
        _ = reader.requiredSecret("database.url", help: "where the data is")
        reader.report("PORT and NAME exclude each other")
        let error = #expect(throws: SettingsError.self) { try reader.finish() }
        #expect(
            error?.problems == [
                "\"stray\" is not a flag",
                "--empty has no value",
                "PORT must be a whole number from 1 to 65535, not \"99999999\"",
                "DEMO must be true or false, not \"perhaps\"",
                "MODE must be one of fast, safe, not \"slow\"",
                "NAME is missing: what it is called",
                "DATABASE_URL is missing: where the data is",
                "PORT and NAME exclude each other",
                "--bogus is not a flag of this program",
            ]
        )
    }

    @Test("take an empty value for none")
    func emptyIsAbsent() throws {
        var reader = SettingsReader(arguments: [], environment: ["NAME": "", "KEY": ""])
        #expect(reader.optionalString("name", help: "") == nil)
        #expect(reader.optionalSecret("key", help: "") == nil)
        try reader.finish()
    }

    @Test("read a secret from the file that is named")
    func secretFile() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data("hunter2\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var reader = SettingsReader(arguments: [], environment: ["VAULT_KEY_FILE": file.path])
        #expect(reader.requiredSecret("vault.key", help: "").reveal() == "hunter2")
        try reader.finish()
    }

    @Test("refuse a secret from a missing file, from a flag, or from two places")
    func secretProblems() {
        var reader = SettingsReader(
            arguments: ["--two-key", "x"],
            environment: [
                "ONE_KEY_FILE": "/nowhere/at/all", "THREE_KEY": "a", "THREE_KEY_FILE": "/b",
            ]
        )
        _ = reader.requiredSecret("one.key", help: "")
        _ = reader.optionalSecret("two.key", help: "")
        _ = reader.optionalSecret("three.key", help: "")
        let error = #expect(throws: SettingsError.self) { try reader.finish() }
        #expect(
            error?.problems == [
                "ONE_KEY_FILE names \"/nowhere/at/all\", which cannot be read",
                "--two-key is a secret: give it by TWO_KEY or TWO_KEY_FILE",
                "THREE_KEY and THREE_KEY_FILE exclude each other",
            ]
        )
    }

    @Test("show no secret, however they are written out")
    func secretIsHidden() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])"] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("explain themselves")
    func help() {
        var reader = SettingsReader(arguments: ["--help"], environment: [:])
        _ = reader.integer("port", default: 8_080, in: 1...65_535, help: "where it listens")
        _ = reader.requiredSecret("database.url", help: "where the data is")
        #expect(reader.isHelpRequested)
        let text = reader.helpText(program: "gateway", summary: "serves merchants")
        #expect(text.contains("PORT, --port\n      where it listens (default 8080)"))
        #expect(
            text.contains("DATABASE_URL\n      where the data is; or DATABASE_URL_FILE (required)")
        )
    }
}
