import Money
import Synchronization

/// Limits how often one address may do something, whoever's key it uses.
///
/// It is a token bucket in the form of one moment per address: the moment at which the bucket would
/// be full again. All arithmetic is in whole microseconds.
final class AddressLimiter: Sendable {
    /// The most addresses that are remembered; beyond them the oldest moments go.
    static let maximumAddresses = 50_000

    private let intervalMicroseconds: Int64
    private let burstMicroseconds: Int64
    private let fullAt = Mutex<[String: Timestamp]>([:])

    /// Allows so many a minute, and as many at once.
    init(perMinute: Int) {
        precondition(perMinute > 0, "a limit of nothing would refuse everybody")
        intervalMicroseconds = 60_000_000 / Int64(perMinute)
        burstMicroseconds = intervalMicroseconds * Int64(perMinute)
    }

    /// Takes a token; nil when there was one, else the seconds until there is.
    func take(for address: String, at now: Timestamp) -> Int? {
        let key = Self.key(of: address)
        return fullAt.withLock { fullAt in
            let start = max(fullAt[key] ?? now, now)
            let next = start.adding(microseconds: intervalMicroseconds)
            let excess = next.microseconds(since: now) - burstMicroseconds
            guard excess <= 0 else { return Int((excess + 999_999) / 1_000_000) }
            if fullAt.count >= Self.maximumAddresses { fullAt = fullAt.filter { $0.value > now } }
            if fullAt.count >= Self.maximumAddresses { fullAt = [:] }
            fullAt[key] = next
            return nil
        }
    }

    /// An IPv6 host owns a /64, so its addresses count as one.
    static func key(of address: String) -> String {
        guard address.contains(":") else { return address }
        let groups = address.split(separator: ":", omittingEmptySubsequences: false)
        return groups.prefix(4).joined(separator: ":")
    }
}
