import Foundation
import Logging
import ServiceLifecycle

/// The bank's pair of folders, as a drop by SFTP would be: files to the bank in `in`, its own in `out`.
///
/// A file counts once it bears a name that ends in `.xml`: whoever writes it does so under another
/// name and renames it. A file that was taken moves to `in/taken`, one that was refused to
/// `in/refused`, with the reason beside it. What is in `out` is never removed by the bank; its customer
/// may move a file on to `out/taken`. A customer that brings a file again has missed the answer: then
/// all that is neither here nor there any more is written again, as at a start.
struct BankFolders: Service {
    /// How often the folders are looked at.
    static let intervalMilliseconds = 200
    /// The longest file that is taken.
    private static let maximumFileBytes = 16 << 20
    private static let filesPerLook = 100

    let folder: URL
    let desk: BankDesk
    let logger: Logger

    /// Looks at the folders until shutdown.
    func run() async throws {
        for name in ["in/taken", "in/refused", "out"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(name),
                withIntermediateDirectories: true
            )
        }
        var written: Int64 = 0
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                let isAskedAgain = try await takeFiles()
                written = try writeFiles(after: isAskedAgain ? 0 : written)
            } catch {
                logger.warning("the bank's folders failed", metadata: ["reason": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown {
                try await Task.sleep(for: .milliseconds(Self.intervalMilliseconds))
            }
        }
    }

    /// Takes what has come; says whether something of it had been taken before.
    private func takeFiles() async throws -> Bool {
        let inbox = folder.appendingPathComponent("in")
        let names = try FileManager.default.contentsOfDirectory(atPath: inbox.path)
            .filter { $0.hasSuffix(".xml") }.sorted()
        var isAskedAgain = false
        for name in names.prefix(Self.filesPerLook) {
            let file = inbox.appendingPathComponent(name)
            do {
                if try await desk.take(try read(file)) { isAskedAgain = true }
                try move(file, to: inbox.appendingPathComponent("taken/\(name)"))
            } catch let refusal as BankRefusal {
                let place = inbox.appendingPathComponent("refused/\(name)")
                try Data(refusal.description.utf8).write(to: place.appendingPathExtension("reason"))
                try move(file, to: place)
            }
        }
        return isAskedAgain
    }

    private func read(_ file: URL) throws -> [UInt8] {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
        guard size <= Self.maximumFileBytes else {
            throw BankRefusal(description: "the file has \(size) bytes, more than are taken")
        }
        return Array(try Data(contentsOf: file))
    }

    private func move(_ file: URL, to place: URL) throws {
        try? FileManager.default.removeItem(at: place)
        try FileManager.default.moveItem(at: file, to: place)
    }

    /// Writes the files that are not there yet, each under its place and name.
    private func writeFiles(after sequence: Int64) throws -> Int64 {
        var last = sequence
        for file in try desk.outbox.files(after: sequence, limit: Self.filesPerLook) {
            let digits = String(file.sequence)
            let number = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
            let name = "\(number)-\(file.name)"
            let place = folder.appendingPathComponent("out/\(name)")
            let isThere = [place, folder.appendingPathComponent("out/taken/\(name)")]
                .contains { FileManager.default.fileExists(atPath: $0.path) }
            if !isThere {
                try Data(file.bytes).write(to: place, options: .atomic)
            }
            last = file.sequence
        }
        return last
    }
}
