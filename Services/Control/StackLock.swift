import Glibc

/// The lock that says whether a stack's supervisor lives.
///
/// The kernel releases it however the supervisor ends, so it never lies as a stored id can.
final class StackLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock, or nothing where another process holds it.
    init?(_ layout: StackLayout) {
        descriptor = open(layout.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    /// Gives the lock back.
    func release() {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Whether a supervisor holds the lock.
    static func isHeld(_ layout: StackLayout) -> Bool {
        guard access(layout.lockFile, F_OK) == 0 else { return false }
        guard let lock = StackLock(layout) else { return true }
        lock.release()
        return false
    }
}
