import Foundation
import Glibc

/// `posix_spawn` with a clean slate: no descriptors, default signals, a session of its own.
enum Spawn {
    // From <spawn.h>; a macro that Swift does not import.
    private static let newSession: Int16 = 0x80

    static func run(_ command: ChildCommand) throws(ControlError) -> pid_t {
        keepDescriptors()
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, command.logFile, flags, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)

        var noSignals = sigset_t()
        var allSignals = sigset_t()
        sigemptyset(&noSignals)
        sigfillset(&allSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setsigdefault(&attributes, &allSignals)
        posix_spawnattr_setflags(
            &attributes,
            newSession | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        )

        var processID: pid_t = 0
        let environment = command.environment.map { "\($0)=\($1)" }
        let failure = withCStrings([command.executable] + command.arguments) { arguments in
            withCStrings(environment) { environment in
                posix_spawn(
                    &processID,
                    command.executable,
                    &actions,
                    &attributes,
                    arguments,
                    environment
                )
            }
        }
        guard failure == 0 else {
            let reason = String(cString: strerror(failure))
            throw ControlError("\(command.executable) could not be started: \(reason)")
        }
        return processID
    }

    /// Marks what this process itself inherited, such as the pipes of `make`, as not to be passed on.
    ///
    /// What it opens by itself is marked when it is opened.
    private static func keepDescriptors() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in names.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
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
