import AsyncHTTPClient
import CardNetwork
import Foundation
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Payments
import ServiceKit
import ServiceLifecycle

@testable import Sandbox

/// A sandbox inside the test, with a client on each of its doors.
struct RunningSandbox: Sendable {
    let folder: URL
    let network: CardNetworkClient
    let vault: VaultClient
    let control: ControlClient
    let vaultPort: Int
    let bank: BankClient

    /// Runs a sandbox on ports of the kernel's choice for as long as the body does.
    static func run(
        folder: URL? = nil,
        _ body: (RunningSandbox) async throws -> Void
    ) async throws {
        let ownFolder = try folder ?? TemporaryFolder.make()
        defer { if folder == nil { try? FileManager.default.removeItem(at: ownFolder) } }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var reader = SettingsReader(
            arguments: [],
            environment: ["DATA": ownFolder.path, "STATE": ownFolder.path]
        )
        let common = CommonSettings(&reader, process: "sandbox")
        let (ports, continuation) = AsyncStream.makeStream(of: (Int, String).self)
        let wiring = SandboxWiring(
            settings: SandboxSettings(&reader),
            context: ServiceContext(name: "sandbox", common: common, logger: logger),
            onListening: { continuation.yield(($0, $1)) }
        )
        let group = ServiceGroup(services: try wiring.services(), logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var byPurpose: [String: Int] = [:]
            for await (port, purpose) in ports {
                byPurpose[purpose] = port
                if byPurpose.count == 4 { break }
            }
            let sandbox = RunningSandbox(folder: ownFolder, ports: byPurpose, logger: logger)
            let client = sandbox.network
            tasks.addTask { await client.run() }
            let result = await Result.catching { try await body(sandbox) }
            try await sandbox.shutDownClients()
            await group.triggerGracefulShutdown()
            tasks.cancelAll()
            try result.get()
        }
    }

    /// Clients for a sandbox on these ports.
    init(folder: URL, ports: [String: Int], logger: Logger) {
        self.folder = folder
        vaultPort = ports["vault"] ?? 0
        var configuration = CardNetworkConfiguration(
            host: "127.0.0.1",
            port: ports["network"] ?? 0
        )
        configuration.connectionCount = 1
        configuration.initialBackoff = .milliseconds(5)
        configuration.patience = .seconds(10)
        network = CardNetworkClient(
            configuration: configuration,
            clock: { SystemClock.now() },
            logger: logger
        )
        vault = VaultClient(
            url: "https://127.0.0.1:\(ports["vault"] ?? 0)",
            certificateFile: folder.appendingPathComponent("vault-certificate.pem").path,
            timeout: .seconds(20)
        )
        control = ControlClient(port: ports["control"] ?? 0)
        bank = BankClient(
            port: ports["bank"] ?? 0,
            certificate: folder.appendingPathComponent("vault-certificate.pem")
        )
    }
}

extension RunningSandbox {
    /// Closes what its clients hold open.
    func shutDownClients() async throws {
        try await vault.shutdown()
        try await bank.shutDown()
    }
}

extension Result where Failure == any Error {
    fileprivate static func catching(_ body: () async throws -> Success) async -> Self {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}

/// Speaks with the tester's door.
struct ControlClient: Sendable {
    let port: Int

    func get(_ path: String) async throws -> JSON {
        try JSON(parsing: try await exchange(HTTPClientRequest(url: url(path))).body)
    }

    /// Switches faults and gives the status of the answer.
    @discardableResult
    func switchFaults(_ plan: String) async throws -> UInt {
        var request = HTTPClientRequest(url: url("faults"))
        request.method = .PUT
        request.body = .bytes(ByteBuffer(string: plan))
        return try await exchange(request).status
    }

    /// Sends a body and gives the status of the answer.
    func post(_ path: String, _ body: String = "") async throws -> UInt {
        var request = HTTPClientRequest(url: url(path))
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: body))
        return try await exchange(request).status
    }

    /// Tells the bank what is to go wrong.
    func switchBankFaults(_ faults: String) async throws -> UInt {
        var request = HTTPClientRequest(url: url("bank/faults"))
        request.method = .PUT
        request.body = .bytes(ByteBuffer(string: faults))
        return try await exchange(request).status
    }

    /// The row of one reference.
    func summary(of reference: NetworkReference) async throws -> JSON? {
        let rows = try await get("summary?reference=\(reference)").array("references")
        return rows.first
    }

    private func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

    private func exchange(
        _ request: HTTPClientRequest
    ) async throws -> (status: UInt, body: [UInt8]) {
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let body = try await response.body.collect(upTo: 1 << 20)
        return (response.status.code, Array(body.readableBytesView))
    }
}

/// Folders that tests remove again.
enum TemporaryFolder {
    static func make() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("sandbox-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
