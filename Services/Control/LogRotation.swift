import Foundation
import Logging
import ServiceKit
import ServiceLifecycle

/// Keeps each process's log within bounds: a log past its limit is copied aside and emptied.
///
/// The processes append to their logs and never reopen them, so the file stays and only its content
/// goes. Lines written between the copy and the emptying are lost; the copy of what was added
/// meanwhile keeps that to an instant.
struct LogRotation: Service {
    /// The size at which a log is rotated.
    static let limitBytes: UInt64 = 16 << 20

    /// The number of old logs kept for each process.
    static let kept = 3

    let folder: String
    let logger: Logger

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            for path in Self.logs(in: folder) {
                do {
                    try Self.rotate(path, limitBytes: Self.limitBytes)
                } catch {
                    logger.warning("not rotated", error: error, metadata: ["log": "\(path)"])
                }
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(5)) }
        }
    }

    static func logs(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".log") }.sorted().map { "\(folder)/\($0)" }
    }

    /// Rotates one log if it is past the limit, and says whether it was.
    @discardableResult
    static func rotate(_ path: String, limitBytes: UInt64) throws -> Bool {
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        guard try handle.seekToEnd() > limitBytes else { return false }
        for number in stride(from: kept, to: 1, by: -1) {
            let older = "\(path).\(number)"
            let younger = "\(path).\(number - 1)"
            guard FileManager.default.fileExists(atPath: younger) else { continue }
            try? FileManager.default.removeItem(atPath: older)
            try FileManager.default.moveItem(atPath: younger, toPath: older)
        }
        let copy = "\(path).1"
        try PrivateFile.write(Data(), to: copy)
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: copy))
        defer { try? output.close() }
        try handle.seek(toOffset: 0)
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
            try output.write(contentsOf: chunk)
        }
        try handle.truncate(atOffset: 0)
        return true
    }
}
