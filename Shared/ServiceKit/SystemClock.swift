import Glibc
public import Money

/// The system's clock; the one place where a service reads it, to hand it to those who need time.
public enum SystemClock {
    /// The moment, in UTC.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microsecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
        )
    }

    /// The time since the machine's start, which nobody sets.
    public static func elapsed() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
