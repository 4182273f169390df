/// The bounds of what a client may send and how long it may take.
///
/// They hold before a request reaches any handler, so a request beyond them has no effect.
struct HTTPLimits: Sendable {
    /// The most bytes of one header field.
    var maximumFieldBytes = 16 * 1024
    /// The most bytes of all header fields.
    var maximumHeadBytes = 32 * 1024
    /// The most header fields.
    var maximumFields = 100
    /// The most bytes of path and query.
    var maximumTargetBytes = 8 * 1024
    /// The most bytes of a body; metadata of the longest kind fits.
    var maximumBodyBytes = 512 * 1024
    /// How long a head may take from its first byte.
    var headMilliseconds: Int64 = 10_000
    /// How long a body may take from the end of its head.
    var bodyMilliseconds: Int64 = 20_000
    /// How long a connection may be idle between requests.
    var idleMilliseconds: Int64 = 75_000
    /// How long what a refused client still sends is read and thrown away, so that it gets the
    /// answer and not a reset connection.
    var lingerMilliseconds: Int64 = 1_000
    /// The most connections of this process; more wait in the kernel's queue.
    var maximumConnections = 4_096
}
