import CardNetwork
import Foundation
import Glibc
import JSON
import Logging
import Payments
import Synchronization
import Testing

@testable import Sandbox

@Suite("A sandbox that is killed", .timeLimit(.minutes(3)))
struct KilledSandboxTests {
    @Test("forgets nothing that it has answered")
    func killed() async throws {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try await SandboxProcess.start(folder: folder)
        let answered = try await approveUntilKilled(first)
        #expect(answered.count >= 50)

        // What a write that was cut off by the kill leaves behind.
        let log = folder.appendingPathComponent("network.jsonl")
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(#"{"sequence":999999,"kind":"auth"#.utf8))
        try handle.close()

        let second = try await SandboxProcess.start(folder: folder)
        try await withClients(of: second) { sandbox in
            let rows = try await sandbox.control.get("summary").array("references")
            let held = Set(
                try rows.filter { try $0.integer("held") == 10_000 }.map {
                    try $0.string("reference")
                }
            )
            #expect(answered.isSubset(of: held))
            let card = try #require(try await sandbox.vault.resolve("pm_card_visa"))
            let again = await sandbox.network.send(
                EffectSamples.authorization(1, card),
                timeout: .seconds(20)
            )
            let code = String(NetworkReference(commandID: 1).rawValue.suffix(6))
            guard case .approved(code, _) = again else {
                Issue.record("the outcome is \(again)")
                return
            }
            let after = try await sandbox.control.get("summary").array("references")
            #expect(after.count == rows.count)
        }
        await second.kill()
    }

    /// Authorizes as fast as it goes, kills the process meanwhile, and gives what was approved.
    private func approveUntilKilled(_ process: SandboxProcess) async throws -> Set<String> {
        let approved = Approvals()
        try await withClients(of: process) { sandbox in
            let card = try #require(try await sandbox.vault.resolve("pm_card_visa"))
            await withTaskGroup(of: Void.self) { tasks in
                for worker in 0..<Int64(8) {
                    tasks.addTask {
                        for round in 0..<Int64(10_000) {
                            let command = round * 8 + worker + 1
                            let outcome = await sandbox.network.send(
                                EffectSamples.authorization(command, card),
                                timeout: .seconds(5)
                            )
                            guard case .approved = outcome else { return }
                            let count = approved.insert(NetworkReference(commandID: command))
                            if count == 50 { await process.kill() }
                        }
                    }
                }
            }
        }
        return approved.references
    }

    private func withClients(
        of process: SandboxProcess,
        _ body: (RunningSandbox) async throws -> Void
    ) async throws {
        let sandbox = RunningSandbox(
            folder: process.folder,
            ports: process.ports,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await sandbox.network.run() }
            await sandbox.network.untilConnected()
            try await body(sandbox)
            tasks.cancelAll()
        }
        try await sandbox.shutDownClients()
    }
}

/// What the client was told.
private final class Approvals: Sendable {
    private let values = Mutex<Set<String>>([])

    var references: Set<String> { values.withLock { $0 } }

    /// Adds one and gives how many there are.
    func insert(_ reference: NetworkReference) -> Int {
        values.withLock { values in
            values.insert(reference.rawValue)
            return values.count
        }
    }
}

/// The sandbox as a process of its own.
final class SandboxProcess: Sendable {
    let folder: URL
    let ports: [String: Int]
    private let process: Mutex<Process>
    private let ended: AsyncStream<Void>

    private init(
        folder: URL,
        ports: [String: Int],
        process: sending Process,
        ended: AsyncStream<Void>
    ) {
        self.folder = folder
        self.ports = ports
        self.process = Mutex(process)
        self.ended = ended
    }

    /// Starts it and returns when all its ports are open, which its log tells.
    static func start(folder: URL) async throws -> SandboxProcess {
        let process = Process()
        // The build puts the executable beside the tests.
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent("Sandbox")
        process.environment = ["DATA": folder.path, "STATE": folder.path]
        let output = Pipe()
        process.standardOutput = output
        let (lines, continuation) = AsyncStream.makeStream(of: Data.self)
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            } else {
                continuation.yield(data)
            }
        }
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        var text = Data()
        var ports: [String: Int] = [:]
        for await data in lines {
            text += data
            ports = listening(text)
            if ports.count == 4 { break }
        }
        try #require(ports.count == 4, "\(String(decoding: text, as: UTF8.self))")
        return SandboxProcess(folder: folder, ports: ports, process: process, ended: ended)
    }

    /// `kill -9`, and waits until it is gone.
    func kill() async {
        process.withLock { _ = Glibc.kill($0.processIdentifier, SIGKILL) }
        for await _ in ended {}
    }

    private static func listening(_ log: Data) -> [String: Int] {
        var ports: [String: Int] = [:]
        for line in log.split(separator: UInt8(ascii: "\n")) {
            guard let entry = try? JSON(parsing: line), entry["message"]?.asString == "listening",
                let purpose = entry["purpose"]?.asString, purpose != "admin",
                let port = entry["port"]?.asString.flatMap({ Int($0) })
            else { continue }
            ports[purpose] = port
        }
        return ports
    }
}
