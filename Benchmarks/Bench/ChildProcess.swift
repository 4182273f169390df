import Foundation
import Glibc
import Synchronization

/// A program that the benchmark started.
///
/// Not Foundation's `Process`: that learns of an end by a socket that other children inherit. Each
/// child has a process group of its own, so that Ctrl-C reaches the benchmark alone, which then ends
/// its children in order.
final class ChildProcess: Sendable {
    let processID: pid_t
    /// Where the child reads; closed by whoever writes to it.
    let input: FileHandle
    /// What the child prints.
    let output: FileHandle
    private let hasEnded = Mutex(false)

    /// Starts a program; what it writes to standard error goes where the benchmark's own goes.
    ///
    /// With a log file both outputs go there, for what runs in the background; joined, errors come
    /// with the output.
    init(
        _ command: [String],
        environment: [String: String] = ProcessInfo.processInfo.environment,
        logFile: String? = nil,
        joinsErrors: Bool = false
    ) throws {
        let toChild = Pipe()
        let fromChild = Pipe()
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for descriptor in Self.descriptors(of: toChild) + Self.descriptors(of: fromChild) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        posix_spawn_file_actions_adddup2(
            &actions,
            toChild.fileHandleForReading.fileDescriptor,
            STDIN_FILENO
        )
        if let logFile {
            let mode = O_WRONLY | O_CREAT | O_APPEND
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, logFile, mode, 0o600)
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        } else {
            posix_spawn_file_actions_adddup2(
                &actions,
                fromChild.fileHandleForWriting.fileDescriptor,
                STDOUT_FILENO
            )
            if joinsErrors {
                posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
            }
        }
        // The benchmark ignores signals in order to wait for them; its children must not.
        var noSignals = sigset_t()
        var allSignals = sigset_t()
        sigemptyset(&noSignals)
        sigfillset(&allSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setsigdefault(&attributes, &allSignals)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var child: pid_t = 0
        let failure = Self.withCStrings(command) { arguments in
            Self.withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                posix_spawnp(&child, command[0], &actions, &attributes, arguments, environment)
            }
        }
        guard failure == 0 else {
            let reason = String(cString: strerror(failure))
            throw BenchmarkError("\(command[0]) could not be started: \(reason)")
        }
        try toChild.fileHandleForReading.close()
        try fromChild.fileHandleForWriting.close()
        processID = child
        input = toChild.fileHandleForWriting
        output = fromChild.fileHandleForReading
    }

    /// Asks the child to end; does nothing once it has.
    func terminate() {
        hasEnded.withLock { hasEnded in
            if !hasEnded { kill(processID, SIGTERM) }
        }
    }

    /// Waits for the end, on a thread of its own; canceling the task ends the child first.
    func status() async throws -> Int32 {
        try await withTaskCancellationHandler {
            try await BlockingWork.run { self.waitForEnd() }
        } onCancel: {
            terminate()
        }
    }

    /// Blocks until the end.
    func waitForEnd() -> Int32 {
        var information = siginfo_t()
        // Left as a zombie until the lock is held, so that its number cannot be another's.
        while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return hasEnded.withLock { hasEnded in
            var status: Int32 = 0
            while waitpid(processID, &status, 0) < 0, errno == EINTR {}
            hasEnded = true
            return status
        }
    }

    /// Runs a program to its end and returns what it printed.
    ///
    /// The end of the task ends the program as well, but not one that cleans up.
    static func output(
        of command: [String],
        environment: [String: String] = ProcessInfo.processInfo.environment,
        isCancellable: Bool = true
    ) async throws -> String {
        if isCancellable { try Task.checkCancellation() }
        let child = try ChildProcess(command, environment: environment, joinsErrors: true)
        try child.input.close()
        let output = child.output
        async let text = BlockingWork.run {
            String(decoding: try output.readToEnd() ?? Data(), as: UTF8.self)
        }
        let status =
            try await isCancellable
            ? child.status() : BlockingWork.run { child.waitForEnd() }
        let printed = try await text
        if isCancellable { try Task.checkCancellation() }
        guard status == 0 else {
            throw BenchmarkError("\(command.joined(separator: " ")) failed (\(status)): \(printed)")
        }
        return printed
    }

    private static func descriptors(of pipe: Pipe) -> [Int32] {
        [pipe.fileHandleForReading.fileDescriptor, pipe.fileHandleForWriting.fileDescriptor]
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }
}

/// Calls that block, away from the threads that the tasks share.
enum BlockingWork {
    static func run<Output: Sendable>(
        _ body: @escaping @Sendable () throws -> Output
    ) async throws -> Output {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }
}
