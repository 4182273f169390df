import Glibc
import Money

/// The system's clock; the one place where the gateway reads it.
enum SystemClock {
    /// The moment, in UTC.
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microsecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
        )
    }
}
