import Foundation
import JSON
import Testing

@testable import CardNetwork

@Suite("An independent implementation", .timeLimit(.minutes(5)))
struct PythonPeerTests {
    @Test("reads and writes our messages byte for byte as we do")
    func comparison() async throws {
        let python = try await PythonPeer.prepared()
        let profile = AcquirerProfile()
        let management = profile.management(.echo, traceNumber: 7, at: SampleEffects.sentAt)
        let requests = SampleEffects.all.map { profile.message(for: $0) } + [management]
        let answers = requests.map { SampleMessages.answer(to: $0) }
        let messages = requests + answers + SampleMessages.all
        let lines = try messages.map { try $0.encoded() }
        let input = lines.map { Self.hexadecimal($0) + "\n" }.joined()
        let output = try await python.run(script: "iso8583_peer.py", input: input)
        let replies = output.split(separator: "\n")
        try #require(replies.count == messages.count)
        for ((message, bytes), reply) in zip(zip(messages, lines), replies) {
            let document = try JSON(parsing: String(reply))
            #expect(try document.string("type") == message.type.rawValue)
            #expect(try document.string("encoded") == Self.hexadecimal(bytes))
            let fields = try document.object("fields")
            #expect(fields.map(\.key) == message.fields.map { String($0.rawValue) })
            #expect(fields.map { $0.value.asString } == message.fields.map { message[$0] })
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// A Python with pyiso8583, made once and kept beside the build's other products.
struct PythonPeer {
    private static let package = "pyiso8583==4.0.1"

    private let interpreter: URL

    static func prepared() async throws -> PythonPeer {
        let folder = testFolder.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent(".build/python-iso8583")
        let interpreter = folder.appendingPathComponent("bin/python")
        let peer = PythonPeer(interpreter: interpreter)
        let isThere = FileManager.default.isExecutableFile(atPath: interpreter.path)
        if isThere, (try? await peer.run(["-c", "import iso8583"])) != nil { return peer }
        let system = PythonPeer(interpreter: URL(fileURLWithPath: "/usr/bin/env"))
        _ = try await system.run(["python3", "-m", "venv", folder.path])
        _ = try await peer.run(["-m", "pip", "install", "--quiet", package])
        return peer
    }

    func run(script: String, input: String) async throws -> String {
        try await run([Self.testFolder.appendingPathComponent(script).path], input: input)
    }

    private static var testFolder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    }

    /// Runs to the end; what it writes goes to a file, so that no pipe can fill up.
    private func run(_ arguments: [String], input: String = "") async throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("iso8583-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
        try Data(input.utf8).write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        let process = Process()
        process.executableURL = interpreter
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
        let errors = try String(contentsOf: files[2], encoding: .utf8)
        try #require(status == 0, "python \(arguments): \(errors)")
        return try String(contentsOf: files[1], encoding: .utf8)
    }
}
