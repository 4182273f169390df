/// The bounds of a pool.
public struct PoolLimits: Sendable, Hashable {
    /// How many connections may be open at a time.
    public var maximumConnections: Int
    /// How many tasks may wait for one; the next is refused at once.
    public var maximumWaiting: Int
    /// How long a task waits for one.
    public var waitTimeoutSeconds: Double

    /// Sets the bounds.
    public init(
        maximumConnections: Int = 8,
        maximumWaiting: Int = 1024,
        waitTimeoutSeconds: Double = 10
    ) {
        self.maximumConnections = max(1, maximumConnections)
        self.maximumWaiting = maximumWaiting
        self.waitTimeoutSeconds = waitTimeoutSeconds
    }
}

/// How long to wait between two attempts to connect.
enum Backoff {
    static let firstMilliseconds = 50
    static let maximumMilliseconds = 5000

    /// Doubles with each failure up to the maximum; of that, `fraction` decides the second half.
    static func delay(failures: Int, fraction: Double) -> Duration {
        let doublings = min(max(failures - 1, 0), 10)
        let full = min(firstMilliseconds << doublings, maximumMilliseconds)
        let jitter = Double(full) / 2 * min(max(fraction, 0), 1)
        return .milliseconds(full / 2 + Int(jitter))
    }

    /// With jitter, so that many processes do not come back at the same moment.
    static func delay(failures: Int) -> Duration {
        delay(failures: failures, fraction: Double.random(in: 0...1))
    }
}
