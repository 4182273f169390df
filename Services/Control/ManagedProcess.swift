import Foundation
import Glibc
import Synchronization

/// What to start, and how.
struct ChildCommand: Sendable, Equatable {
    var executable: String
    var arguments: [String]
    var environment: [String: String]
    /// Where both outputs go; appended, so that several writers and a rotation do not collide.
    var logFile: String

    /// The command under another user's id, keeping the process id.
    func asUser(_ user: String) -> ChildCommand {
        var command = self
        command.executable = "/usr/bin/setpriv"
        command.arguments =
            ["--reuid=\(user)", "--regid=\(user)", "--init-groups", "--", executable] + arguments
        return command
    }
}

/// A process that this one started, in a session of its own.
///
/// It inherits neither descriptors (a pipe of `make` would never close), nor blocked or ignored
/// signals. A thread waits for its end; the process id is never used after the child was reaped.
final class ManagedProcess: Sendable {
    /// How a child ended.
    enum Ending: Sendable, Equatable, CustomStringConvertible {
        case exited(status: Int32)
        case killed(signal: Int32)

        var description: String {
            switch self {
            case .exited(let status): "exit status \(status)"
            case .killed(let signal): "signal \(signal)"
            }
        }
    }

    private struct State {
        var ending: Ending?
        var waiters: [CheckedContinuation<Ending, Never>] = []
    }

    let processID: pid_t
    private let state = Mutex(State())

    private init(processID: pid_t) {
        self.processID = processID
    }

    /// Starts a child.
    static func start(_ command: ChildCommand) throws(ControlError) -> ManagedProcess {
        let child = ManagedProcess(processID: try Spawn.run(command))
        Thread.detachNewThread { child.reap() }
        return child
    }

    /// Whether it has ended.
    var hasEnded: Bool { state.withLock { $0.ending != nil } }

    /// Returns how it ended, once it has.
    func ending() async -> Ending {
        await withCheckedContinuation { continuation in
            let ending = state.withLock { state in
                if state.ending == nil { state.waiters.append(continuation) }
                return state.ending
            }
            if let ending { continuation.resume(returning: ending) }
        }
    }

    /// Sends a signal unless the child has ended, and SIGKILL if it has not after the given time.
    func end(signal: Int32, killAfterSeconds: Int) {
        send(signal)
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(killAfterSeconds)) {
            self.send(SIGKILL)
        }
    }

    /// Sends a signal unless the child has ended.
    func send(_ signal: Int32) {
        state.withLock { state in
            if state.ending == nil { _ = kill(processID, signal) }
        }
    }

    private func reap() {
        // Wait without reaping: the id stays taken until the ending is recorded under the lock.
        var information = siginfo_t()
        while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {
        }
        let (ending, waiters) = state.withLock { state in
            var status: Int32 = 0
            waitpid(processID, &status, 0)
            let isExit = status & 0x7f == 0
            let ending =
                isExit
                ? Ending.exited(status: (status >> 8) & 0xff) : Ending.killed(signal: status & 0x7f)
            state.ending = ending
            defer { state.waiters = [] }
            return (ending, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: ending) }
    }
}
