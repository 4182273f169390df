import Foundation

/// Programs that tests run.
///
/// Not Foundation's `Process`: that learns of an end by a socket that every other child inherits,
/// so it waits for ever once a server was started at the wrong moment.
public enum ChildProcess {
    /// Runs a program to its end, away from the tasks; its output is dropped.
    public static func run(_ command: [String]) async throws {
        try await onThread { try runBlocking(command) }
    }

    static func runBlocking(_ command: [String]) throws {
        let process = try spawn(command, input: nil)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else {
            throw ChildProcessError.failed(command.joined(separator: " "), status)
        }
    }

    /// Starts a program that inherits nothing but its input.
    static func spawn(_ command: [String], input: Int32?) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // What another thread opens without close-on-exec must not live on in a server.
        for descriptor in 3..<descriptorLimit {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let status = posix_spawnp(&process, command[0], &actions, nil, &arguments, environ)
        guard status == 0 else { throw ChildProcessError.failed(command[0], status) }
        return process
    }

    /// No test opens more files than this; closing one that is not open does no harm.
    private static let descriptorLimit = Int32(min(sysconf(Int32(_SC_OPEN_MAX)), 1024))

    /// Runs blocking work away from the tasks.
    static func onThread<Output: Sendable>(
        _ body: @escaping @Sendable () throws -> Output
    ) async throws -> Output {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }
}

/// A program could not be started, or ended with this status.
enum ChildProcessError: Error {
    case failed(String, Int32)
}
