import Dispatch
import Glibc
import Synchronization

/// Turns SIGTERM and SIGINT into a graceful shutdown, and a second one into an end at once.
///
/// The counting happens on a dispatch queue of its own: it works even when every thread of the
/// cooperative pool is stuck, and so does the bound on the shutdown's time.
final class ShutdownSignals: Sendable {
    /// Seconds past the shutdown's own bound after which the process ends whatever it is doing.
    private static let graceSeconds = 5

    private let received = Mutex(0)
    // Kept so that the sources live as long as this object does.
    private let sources = Mutex<[any DispatchSourceSignal]>([])

    init(timeoutSeconds: Int, onFirst: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "shutdown-signals")
        sources.withLock { sources in
            for number in [SIGTERM, SIGINT] {
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler { [weak self] in
                    self?.handle(number, timeoutSeconds, queue, onFirst)
                }
                source.resume()
                sources.append(source)
            }
        }
    }

    private func handle(
        _ number: CInt,
        _ timeoutSeconds: Int,
        _ queue: DispatchQueue,
        _ onFirst: @Sendable () -> Void
    ) {
        let count = received.withLock { received in
            received += 1
            return received
        }
        guard count == 1 else { _exit(128 + number) }
        onFirst()
        let bound = DispatchTimeInterval.seconds(timeoutSeconds + Self.graceSeconds)
        queue.asyncAfter(deadline: .now() + bound) { _exit(128 + number) }
    }
}
