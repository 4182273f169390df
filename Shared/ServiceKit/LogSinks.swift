import Glibc

/// Writes log lines to standard output.
public struct StandardOutputSink: LogSink {
    /// Uses the process's standard output.
    public init() {}

    /// Writes the whole line, in one call unless the other end is slow.
    public func write(_ line: [UInt8]) {
        line.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = Glibc.write(
                    STDOUT_FILENO,
                    buffer.baseAddress?.advanced(by: written),
                    buffer.count - written
                )
                if count > 0 {
                    written += count
                } else if errno != EINTR {
                    // A reader that has gone away must not end the service.
                    return
                }
            }
        }
    }
}

/// Formats the system's time for log lines.
enum LogTime {
    /// The time in UTC, as `2026-01-31T12:34:56.789012Z`.
    static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return format(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }

    static func format(seconds: Int, nanoseconds: Int) -> String {
        var wholeSeconds = seconds
        var parts = tm()
        gmtime_r(&wholeSeconds, &parts)
        let date =
            [padded(Int(parts.tm_year) + 1900, 4), padded(Int(parts.tm_mon) + 1, 2)]
            + [padded(Int(parts.tm_mday), 2)]
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2) }
        let microseconds = padded(nanoseconds / 1_000, 6)
        return date.joined(separator: "-") + "T" + clock.joined(separator: ":")
            + ".\(microseconds)Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
