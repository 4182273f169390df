import JSON
import MerchantAPI
import Payments
import ServiceKit

/// A request that has passed the door: known endpoint, known key, checked parameters.
struct APICall: Sendable {
    /// The request's identifier, `req_…`.
    let requestID: String
    /// What is asked.
    let endpoint: Endpoint
    /// The path as it was called; idempotency keys belong to it.
    let path: String
    /// What stands in the place of the path's variables.
    let variables: [String: String]
    /// The parameters as they came, for the fingerprint.
    let form: FormParameters
    /// The parameters after validation.
    let parameters: ValidatedParameters
    /// Who asks; nil where no key is needed.
    let caller: KnownCaller?
    /// The version that the answer is rendered in.
    let version: APIVersion
    /// The key that makes a POST unique, if the caller gave one.
    let idempotencyKey: String?
    /// The client's address.
    let clientAddress: String
    /// When the time for an answer is up.
    let deadline: ContinuousClock.Instant
    /// Runs since the request was received.
    let stages: StageClock

    /// Renders in the call's version.
    var renderer: ResourceRenderer { ResourceRenderer(version: version) }

    /// A variable of the path; the route has matched, so it is there.
    func variable(_ name: String) -> String { variables[name] ?? "" }

    /// The merchant; every endpoint but the open ones has one.
    func merchant() throws(APIError) -> Merchant {
        guard let caller else { throw .missingKey }
        return caller.merchant
    }

    /// The fields to show in full, checked against what can be expanded.
    func expansion() throws(APIError) -> Expansion {
        try Expansion(
            paths: parameters.texts("expand"),
            from: endpoint.resource,
            inList: endpoint.isList
        )
    }
}

/// A key that opened the door.
struct KnownCaller: Sendable, Equatable {
    /// Whose key it is.
    let merchant: Merchant
    /// What the key may do.
    let kind: APIKeyKind
}

/// An answer before it is put into HTTP.
struct APIAnswer: Sendable {
    /// The HTTP status.
    var status: Int
    /// Compact JSON.
    var body: [UInt8]
    /// Whether an earlier request with the same key was answered with this.
    var isReplayed = false
    /// The first request with the same key; itself, if this is the first.
    var originalRequestID: String?
    /// Whether a client should try again by itself; nil leaves it to the client's own rules.
    var shouldRetry: Bool?
    /// When a client may come back.
    var retryAfterSeconds: Int?

    /// An answer of 200.
    init(_ body: JSONBody) {
        status = 200
        self.body = body.bytes
    }

    /// An answer with a status.
    init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    /// An error as an answer.
    init(_ error: APIError) {
        status = error.status
        body = error.body.serialized()
        shouldRetry = Self.shouldRetry(error)
    }

    /// The official clients try again on 409 and from 500 on by themselves; these say more.
    private static func shouldRetry(_ error: APIError) -> Bool? {
        if error.code == "idempotency_key_in_use" || error.status == 503 { return true }
        return nil
    }
}
