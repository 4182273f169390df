import Foundation
import Testing

@testable import Control

@Suite("A stack")
struct StackTests {
    @Test("has ports of its own, all below the ephemeral range")
    func ports() {
        let ports = StackPorts(gateway: 8_080)
        #expect(ports.gateway == 8_080)
        #expect(Set(ports.others).count == ports.others.count)
        #expect(ports.others.allSatisfy { $0 <= StackPorts.highest && $0 >= 20_000 })
        let next = StackPorts(gateway: 8_081)
        #expect(Set(ports.others).isDisjoint(with: next.others))
    }

    @Test("passes over blocks of ports where others listen")
    func busyBlock() throws {
        let first = StackPorts(gateway: 8_080)
        let ports = try StackPorts.available(gateway: 8_080) { $0 != first.vault }
        #expect(ports == StackPorts(gateway: 8_080, blocksFurther: 1))
    }

    @Test("does not choose another gateway port than it was told")
    func busyGateway() {
        #expect(throws: ControlError.self) {
            try StackPorts.available(gateway: 8_080) { $0 != 8_080 }
        }
    }

    @Test("never derives the gateway's own port")
    func ownPort() throws {
        for gateway in [20_000, 21_600, 24_003, 31_999] {
            let ports = try StackPorts.available(gateway: gateway) { _ in true }
            #expect(!ports.others.contains(gateway))
        }
    }

    @Test("has one place, however its folder is written")
    func layout() {
        #expect(StackLayout(state: "/srv/a/../b/") == StackLayout(state: "/srv/b"))
        #expect(StackLayout(state: "/srv/b").stateFile == "/srv/b/run/stack.json")
        #expect(StackLayout(state: ".local").state.hasPrefix("/"))
        let fingerprints = ["/a", "/b", "/a/b"].map { StackLayout(state: $0).fingerprint }
        #expect(Set(fingerprints).count == 3)
    }

    @Test("has its socket beside the data, or in a short folder where the path is too long")
    func socketFolder() {
        let layout = StackLayout(state: "/srv/stack")
        let near = PostgresPlace.socketFolder(
            preferred: "/srv/stack/postgres/socket",
            layout: layout,
            runtimeFolder: nil
        )
        #expect(near == "/srv/stack/postgres/socket")
        let far = PostgresPlace.socketFolder(
            preferred: "/srv/" + String(repeating: "long/", count: 20),
            layout: layout,
            runtimeFolder: nil
        )
        #expect(far == "/tmp/payment-gateway-\(layout.fingerprint)")
    }

    @Test("gives each service what it needs to find the others")
    func catalog() throws {
        let catalog = ServiceCatalog(
            layout: StackLayout(state: "/srv/stack"),
            settings: StackSettings(
                ports: StackPorts(gateway: 8_080),
                databaseURL: nil,
                logLevel: "info",
                binaries: "/opt/bin"
            ),
            databaseURL: "postgresql:///payments"
        )
        #expect(
            catalog.entries.map(\.name)
                == [
                    "sandbox", "orchestrator", "settlement", "payout", "webhook", "reconciliation",
                    "gateway",
                ]
        )
        let gateway = try #require(catalog.entries.last)
        #expect(gateway.executable == "/opt/bin/Gateway")
        #expect(gateway.environment["PORT"] == "8080")
        #expect(gateway.environment["DATABASE_URL"] == "postgresql:///payments")
        #expect(gateway.environment["STATE"] == "/srv/stack")
        let sandbox = try #require(catalog.entries.first)
        #expect(sandbox.environment["DATABASE_URL"] == nil)
        #expect(gateway.environment["NETWORK_PORT"] == nil)
    }

    @Test("passes a service the settings that are meant for it")
    func overrides() {
        let entry = CatalogEntry(
            name: "orchestrator",
            executable: "/opt/bin/Orchestrator",
            adminPort: 1,
            environment: [:]
        )
        let given = ["ORCHESTRATOR_LEASE_SECONDS": "5", "GATEWAY_DEMO": "no", "ORCHESTRATOR_": "x"]
        #expect(entry.overrides(in: given) == ["LEASE_SECONDS": "5"])
    }

    @Test("knows which of its processes were built again since they started")
    func freshness() async throws {
        try await TemporaryStack.with { layout in
            let settings = StackSettings(
                ports: StackPorts(gateway: 8_080),
                databaseURL: nil,
                logLevel: "info",
                binaries: layout.state
            )
            let now = Date()
            for (path, age) in [
                ("Gateway", 10.0), ("run/gateway.pid", 20.0), ("Sandbox", 20.0),
                ("run/sandbox.pid", 10.0), ("Orchestrator", 10.0),
            ] {
                try Data().write(to: URL(fileURLWithPath: "\(layout.state)/\(path)"))
                try FileManager.default.setAttributes(
                    [.modificationDate: now.addingTimeInterval(-age)],
                    ofItemAtPath: "\(layout.state)/\(path)"
                )
            }
            #expect(Freshness.outdated(layout, settings) == ["gateway"])
        }
    }

    @Test("has a lock that only one holds")
    func lock() async throws {
        try await TemporaryStack.with { layout in
            #expect(!StackLock.isHeld(layout))
            let lock = try #require(StackLock(layout))
            #expect(StackLock(layout) == nil)
            #expect(StackLock.isHeld(layout))
            lock.release()
            #expect(!StackLock.isHeld(layout))
        }
    }

    @Test("keeps settings and keys where only their owner reads")
    func privateFiles() async throws {
        try await TemporaryStack.with { layout in
            let settings = StackSettings(
                ports: StackPorts(gateway: 8_080),
                databaseURL: "postgresql://me:secret@db/payments",
                logLevel: "info",
                binaries: "/opt/bin"
            )
            try settings.save(in: layout)
            #expect(StackSettings.load(from: layout) == settings)
            let attributes = try FileManager.default.attributesOfItem(atPath: layout.settingsFile)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
    }

    @Test("refuses a socket folder that others may enter, or that is a link")
    func foreignFolder() async throws {
        try await TemporaryStack.with { layout in
            let path = layout.state + "/open"
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o755]
            )
            #expect(throws: ControlError.self) { try PrivateFolder.make(path, owner: nil) }
            let own = layout.state + "/own"
            try PrivateFolder.make(own, owner: nil)
            try PrivateFolder.make(own, owner: nil)
            let link = layout.state + "/link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: own)
            #expect(throws: ControlError.self) { try PrivateFolder.make(link, owner: nil) }
        }
    }

    @Test("is healthy only when it is supervised and everything is ready")
    func health() {
        let ready = StackHealth.Row(name: "gateway", processID: 1, problem: nil, restarts: 0)
        let away = StackHealth.Row(name: "gateway", processID: 1, problem: "database", restarts: 2)
        func isHealthy(_ rows: [StackHealth.Row], supervised: Bool = true) -> Bool {
            StackHealth(isSupervised: supervised, phase: .running, reason: nil, rows: rows)
                .isHealthy
        }
        #expect(isHealthy([ready]))
        #expect(!isHealthy([ready, away]))
        #expect(!isHealthy([ready], supervised: false))
        #expect(!isHealthy([]))
    }
}

/// State folders that go with their test.
enum TemporaryStack {
    static func with<Output>(_ body: (StackLayout) async throws -> Output) async throws -> Output {
        let layout = try make()
        defer { try? FileManager.default.removeItem(atPath: layout.state) }
        return try await body(layout)
    }

    private static func make() throws -> StackLayout {
        let layout = StackLayout(state: "/tmp/control-test-\(UUID().uuidString.prefix(8))")
        for path in [layout.run, layout.logs] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        return layout
    }
}
