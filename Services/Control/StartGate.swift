import ServiceLifecycle

/// Holds processes back until something that they need is there.
struct StartGate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    }

    /// Lets everyone through, now and later.
    func open() {
        continuation.finish()
    }

    /// Returns when the gate has opened, or the process is to end.
    func opened() async {
        for await _ in stream.cancelOnGracefulShutdown() {}
    }
}
