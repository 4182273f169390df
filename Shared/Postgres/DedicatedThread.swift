import Glibc

/// Threads for calls that block, so that they never hold up the cooperative pool.
///
/// One thread per call: connecting and canceling are rare, and a host that does not answer must
/// not hold up the next call.
enum DedicatedThread {
    /// Runs a closure on a new thread.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, Self.main, box.toOpaque())
        precondition(status == 0, "the machine has no thread left to give")
        pthread_detach(thread)
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
        { argument in
            if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }

    private final class Box: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
