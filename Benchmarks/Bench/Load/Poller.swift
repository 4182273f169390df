import CPoller
import Glibc

/// Waits with `epoll`, to the nanosecond, for connections that are known by their places.
final class Poller {
    private static let maximumEvents = 256

    private let descriptor: Int32
    private var events = [epoll_event](repeating: epoll_event(), count: maximumEvents)

    init() throws {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw BenchmarkError("no descriptor is left for epoll") }
    }

    deinit { close(descriptor) }

    /// Watches a connection; the kernel forgets it when it is closed.
    func watch(_ connection: Int32, at place: Int) {
        change(EPOLL_CTL_ADD, connection, place, isSending: false)
    }

    /// Whether to wake as well when more can be sent.
    func watch(_ connection: Int32, at place: Int, forSending isSending: Bool) {
        change(EPOLL_CTL_MOD, connection, place, isSending: isSending)
    }

    /// The places that are ready; waits at most so many nanoseconds for the first.
    func wait(atMost nanoseconds: UInt64) -> [Int] {
        var timeout = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000),
            tv_nsec: Int(nanoseconds % 1_000_000_000)
        )
        let count = events.withUnsafeMutableBufferPointer { events in
            epoll_pwait2(descriptor, events.baseAddress, Int32(events.count), &timeout, nil)
        }
        return count > 0 ? events[..<Int(count)].map { Int($0.data.u32) } : []
    }

    private func change(_ operation: Int32, _ connection: Int32, _ place: Int, isSending: Bool) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (isSending ? EPOLLOUT.rawValue : 0)
        event.data.u32 = UInt32(place)
        _ = epoll_ctl(descriptor, operation, connection, &event)
    }
}

/// The monotonic clock.
enum MonotonicClock {
    static var nanoseconds: UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    /// Processor time that this process has used, on all its threads.
    static var processorSeconds: Double {
        var now = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
