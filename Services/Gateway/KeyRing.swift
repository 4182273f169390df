import Crypto
import MerchantAPI
import Money
import Payments
import Projections
import Synchronization

/// Finds out whose key was presented, and remembers it for a short time.
///
/// Only hashes are kept, in memory as in the database. A key that was rolled or revoked is refused
/// everywhere once the time is over.
final class KeyRing: Sendable {
    /// How long a key that was found is not asked for again.
    static let foundSeconds: Int64 = 10
    /// The most keys that are remembered.
    static let maximumKeys = 50_000

    private struct Known {
        let key: KnownKey
        let until: Timestamp
    }

    private let look: @Sendable ([UInt8]) async throws -> KnownKey?
    private let clock: @Sendable () -> Timestamp
    private let known = Mutex<[[UInt8]: Known]>([:])

    /// Takes the question to the database, and the clock.
    init(
        look: @escaping @Sendable ([UInt8]) async throws -> KnownKey?,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.look = look
        self.clock = clock
    }

    /// SHA-256 of a key, by which it is stored.
    static func hash(_ key: String) -> [UInt8] { Array(SHA256.hash(data: Array(key.utf8))) }

    /// The hash as events and projections spell it.
    static func hexadecimalHash(_ key: String) -> String {
        hash(key).map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }

    /// Whose key it is, or a 401.
    func caller(_ key: String) async throws -> KnownCaller {
        let hash = Self.hash(key)
        let now = clock()
        guard let found = try await find(hash, at: now) else { throw APIError.wrongKey(key) }
        if let end = found.expiresAt, now >= end { throw APIError.expiredKey(key) }
        return KnownCaller(merchant: found.merchant, kind: found.kind)
    }

    /// Whether a key is taken, past any memory.
    func exists(_ key: String) async throws -> Bool { try await look(Self.hash(key)) != nil }

    private func find(_ hash: [UInt8], at now: Timestamp) async throws -> KnownKey? {
        if let entry = known.withLock({ $0[hash] }), entry.until > now { return entry.key }
        guard let key = try await look(hash) else {
            known.withLock { _ = $0.removeValue(forKey: hash) }
            return nil
        }
        let entry = Known(key: key, until: now.adding(seconds: Self.foundSeconds))
        known.withLock { known in
            if known.count >= Self.maximumKeys { known = [:] }
            known[hash] = entry
        }
        return key
    }
}

/// Decides whether a key may ask what it asks.
enum AccessRules {
    /// Refuses a key of the wrong kind; ``EndpointAccess/clientSecret`` is checked with the payment.
    static func check(_ caller: KnownCaller, for endpoint: Endpoint) throws(APIError) {
        switch (caller.kind, endpoint.access) {
        case (.secret, _), (_, .open), (.publishable, .anyKey), (.publishable, .clientSecret):
            return
        case (.publishable, .secretKey): throw .secretKeyRequired
        case (.restricted, .secretKey), (.restricted, .anyKey), (.restricted, .clientSecret):
            throw .invalid("The provided key does not have the required permissions.", status: 403)
        }
    }

    /// A publishable key sees only the payment whose client secret it brings.
    static func checkSecret(
        _ given: String?,
        of payment: Payment,
        caller: KnownCaller
    ) throws(APIError) {
        guard let given else {
            guard caller.kind != .publishable else { throw .missing("client_secret") }
            return
        }
        guard isEqual(given, payment.clientSecret) else {
            throw .invalid(
                "The client_secret provided does not match any associated PaymentIntent on this "
                    + "account.",
                parameter: "client_secret",
                code: "payment_intent_invalid_parameter"
            )
        }
    }

    /// Takes as long for a wrong secret as for the right one.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
