import Glibc

/// Keeps a process's memory out of files: no core dump may ever hold a card number.
public enum ProcessHardening {
    /// The process could not be protected.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// What could not be done.
        public let description: String
    }

    private typealias ProcessControl =
        @convention(c) (
            CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong
        ) -> CInt

    // From <linux/prctl.h>, whose macros come with a function that Swift cannot import.
    private static let getDumpable: CInt = 3
    private static let setDumpable: CInt = 4

    /// Turns core dumps off for this process and its children, and forbids others to attach.
    public static func disableCoreDumps() throws(Failure) {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 else {
            throw Failure(description: "the core dump limit could not be set (errno \(errno))")
        }
        guard try processControl()(setDumpable, 0, 0, 0, 0) == 0 else {
            throw Failure(description: "the process could not be made undumpable (errno \(errno))")
        }
    }

    /// Whether the kernel would write this process's memory to a core dump.
    public static func allowsCoreDumps() throws(Failure) -> Bool {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        let isDumpable = try processControl()(getDumpable, 0, 0, 0, 0) != 0
        return limit.rlim_cur > 0 || isDumpable
    }

    /// `prctl` takes a variable number of arguments, which Swift does not call directly.
    ///
    /// The C calling conventions of x86-64 and arm64 on Linux pass its arguments as they would
    /// those of an ordinary function.
    private static func processControl() throws(Failure) -> ProcessControl {
        guard let symbol = dlsym(nil, "prctl") else {
            throw Failure(description: "the C library has no prctl")
        }
        return unsafeBitCast(symbol, to: ProcessControl.self)
    }
}
