/// Where the card network is, and how it is talked to.
public struct CardNetworkConfiguration: Sendable {
    /// The network's host.
    public var host: String
    /// The network's port.
    public var port: Int
    /// What every message says about us.
    public var profile: AcquirerProfile
    /// How many connections are kept; one carries thousands of requests in flight, two survive the
    /// loss of one.
    public var connectionCount: Int
    /// The largest number of requests in flight on one connection; more are `notSent`.
    public var maximumInFlight: Int
    /// How long making a connection may take.
    public var connectTimeout: Duration
    /// How long a request waits for a connection before it is `notSent`.
    public var patience: Duration
    /// The pause between echo tests.
    public var echoInterval: Duration
    /// How long a sign-on or an echo test waits for its answer.
    public var echoTimeout: Duration
    /// The wait before the second try to connect; it doubles from there, with jitter.
    public var initialBackoff: Duration
    /// The longest wait between two tries to connect.
    public var maximumBackoff: Duration

    /// The network at an address, talked to as measured to be right.
    public init(host: String, port: Int, profile: AcquirerProfile = AcquirerProfile()) {
        self.host = host
        self.port = port
        self.profile = profile
        connectionCount = 2
        maximumInFlight = 4_096
        connectTimeout = .seconds(2)
        patience = .seconds(1)
        echoInterval = .seconds(10)
        echoTimeout = .seconds(3)
        initialBackoff = .milliseconds(50)
        maximumBackoff = .seconds(2)
    }
}
