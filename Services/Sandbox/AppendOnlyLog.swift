import Foundation
import Glibc
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Why a log cannot be used.
struct LogFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ action: String, errno code: CInt) {
        description = "\(action): \(String(cString: strerror(code)))"
    }
}

/// A file of lines that is only ever added to, and is on the disk before anybody is told.
///
/// Lines that come while the disk is busy go to it together, with one flush. Blocking calls run on
/// one thread of their own. The process may be killed at any moment: a last line without its end was
/// never confirmed to anybody, and is cut off at the next start.
final class AppendOnlyLog: Service {
    private struct State {
        var lines: [UInt8] = []
        var confirmations: [@Sendable () -> Void] = []
        var isWriting = false
        var failure: LogFailure?
    }

    private let descriptor: CInt
    private let path: String
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())
    private let ending: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation
    private let logger: Logger

    /// Opens the file, hands every line that is there to `replay`, and stands behind the last one.
    init(path: String, logger: Logger, replay: ([UInt8]) throws -> Void) throws {
        self.path = path
        self.logger = logger
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LogFailure("\(path) cannot be opened", errno: errno) }
        (ending, end) = AsyncStream.makeStream()
        do {
            try Self.replay(descriptor, path: path, replay)
            try Self.flushFolder(of: path)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        thread.start()
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Adds a line (nil: only waits for those before), and calls `confirmed` once it is on the disk.
    ///
    /// Lines stand in the order of the calls. After a failure of the disk nothing is confirmed any
    /// more, and ``run()`` throws.
    func append(_ line: [UInt8]?, confirmed: @escaping @Sendable () -> Void) {
        let mustStart = state.withLock { state -> Bool in
            if let line { state.lines += line + [UInt8(ascii: "\n")] }
            state.confirmations.append(confirmed)
            guard !state.isWriting, state.failure == nil else { return false }
            state.isWriting = true
            return true
        }
        if mustStart { thread.submit { _ in self.writeAll() } }
    }

    /// Returns after shutdown, when all lines are on the disk; throws when the disk fails.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                for await _ in ending {}
            } onCancel: {
                end.finish()
            }
        } onGracefulShutdown: {
            self.end.finish()
        }
        try await thread.shutdownGracefully()
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    // MARK: - On the log's own thread

    private func writeAll() {
        while true {
            let (lines, confirmations) = state.withLock { state in
                defer {
                    state.isWriting = !state.confirmations.isEmpty
                    state.lines = []
                    state.confirmations = []
                }
                return (state.lines, state.confirmations)
            }
            if confirmations.isEmpty { return }
            do {
                try write(lines)
            } catch {
                logger.critical("the log cannot be written", metadata: ["reason": "\(error)"])
                state.withLock { $0.failure = error }
                end.finish()
                return
            }
            for confirm in confirmations { confirm() }
        }
    }

    private func write(_ bytes: [UInt8]) throws(LogFailure) {
        guard !bytes.isEmpty else { return }
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(
                    descriptor,
                    buffer.baseAddress?.advanced(by: offset),
                    buffer.count - offset
                )
            }
            if count > 0 {
                offset += count
            } else if errno != EINTR {
                throw LogFailure("\(path) cannot be written", errno: errno)
            }
        }
        guard fdatasync(descriptor) == 0 else {
            throw LogFailure("\(path) cannot be flushed", errno: errno)
        }
    }

    // MARK: - At the start

    private static func replay(
        _ descriptor: CInt,
        path: String,
        _ replay: ([UInt8]) throws -> Void
    ) throws {
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        var rest: [UInt8] = []
        var wholeBytes: off_t = 0
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw LogFailure("\(path) cannot be read", errno: errno) }
            if count == 0 { break }
            rest += chunk[..<count]
            var start = rest.startIndex
            while let newline = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                try replay(Array(rest[start..<newline]))
                wholeBytes += off_t(newline + 1 - start)
                start = newline + 1
            }
            rest.removeSubrange(..<start)
        }
        guard ftruncate(descriptor, wholeBytes) == 0, lseek(descriptor, 0, SEEK_END) == wholeBytes
        else { throw LogFailure("\(path) cannot be cut to its last whole line", errno: errno) }
    }

    /// Makes a new file's name durable, too.
    private static func flushFolder(of path: String) throws(LogFailure) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LogFailure("\(folder) cannot be opened", errno: errno) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw LogFailure("\(folder) cannot be flushed", errno: errno)
        }
    }
}
