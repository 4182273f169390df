import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1
import NIOSSL
public import Payments
import Synchronization

/// The token vault over HTTPS.
///
/// The connection is trusted by a certificate file, where one is named: a vault in development
/// signs its own. The file is read at the first request, so the vault may start after us.
///
/// ```swift
/// let vault = VaultClient(url: "https://127.0.0.1:8444", certificateFile: path)
/// let card = try await vault.tokenize(data)
/// try await vault.shutdown()  // before the last reference goes
/// ```
public final class VaultClient: CardVault {
    private static let maximumAnswerBytes = 16_384
    /// What a test identifier stands for is asked again after this long.
    private static let knownIdentifierSeconds: Int64 = 60
    private static let maximumKnownIdentifiers = 500

    private struct State {
        var client: HTTPClient?
        var isShutDown = false
        var known: [String: (card: CardDetails, until: ContinuousClock.Instant)] = [:]
    }

    private let url: String
    private let certificateFile: String?
    private let timeout: Duration
    private let state = Mutex(State())

    /// Names the vault; `certificateFile` is a PEM file, nil trusts what the system trusts.
    public init(url: String, certificateFile: String? = nil, timeout: Duration = .seconds(5)) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.certificateFile = certificateFile
        self.timeout = timeout
    }

    /// Closes its connections; no request may follow.
    public func shutdown() async throws {
        let client = state.withLock { state in
            state.isShutDown = true
            defer { state.client = nil }
            return state.client
        }
        try await client?.shutdown()
    }

    /// Stores a card and gives what may be kept of it.
    public func tokenize(_ card: CardData) async throws(VaultError) -> CardDetails {
        var request = HTTPClientRequest(url: url + VaultPath.cards)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: card.document.serialized()))
        let (status, body) = try await exchange(request)
        switch status {
        case 200: return try Self.details(body)
        case 402:
            guard let refusal = CardRefusal(document: body) else { throw Self.incomprehensible }
            throw .refused(refusal)
        case _: throw .unavailable(reason: "the vault answered with status \(status)")
        }
    }

    /// The card behind a test identifier; remembered for a minute, for test runs use few.
    public func resolve(_ identifier: String) async throws(VaultError) -> CardDetails? {
        guard Self.isPlausible(identifier) else { return nil }
        let now = ContinuousClock.now
        let known = state.withLock { $0.known[identifier] }
        if let known, known.until > now { return known.card }
        let request = HTTPClientRequest(url: "\(url)\(VaultPath.identifiers)/\(identifier)")
        let (status, body) = try await exchange(request)
        switch status {
        case 200:
            let card = try Self.details(body)
            remember(card, of: identifier, until: now + .seconds(Self.knownIdentifierSeconds))
            return card
        case 404: return nil
        case _: throw .unavailable(reason: "the vault answered with status \(status)")
        }
    }

    // MARK: - One request

    private func exchange(
        _ request: HTTPClientRequest
    ) async throws(VaultError) -> (status: UInt, body: JSON) {
        do {
            let client = try client()
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            let buffer = try await response.body.collect(upTo: Self.maximumAnswerBytes)
            let status = response.status.code
            guard status == 200 || status == 402 else { return (status, .null) }
            return (status, try JSON(parsing: buffer.readableBytesView))
        } catch let error as VaultError {
            throw error
        } catch is JSONError {
            throw Self.incomprehensible
        } catch {
            // The description of a connection error names addresses and reasons, never content.
            throw .unavailable(reason: "the vault cannot be reached: \(error)")
        }
    }

    private func client() throws(VaultError) -> HTTPClient {
        if let client = state.withLock({ $0.client }) { return client }
        var tls = TLSConfiguration.makeClientConfiguration()
        if let certificateFile {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificateFile))
            } catch {
                throw .unavailable(reason: "\(certificateFile) cannot be read as certificates")
            }
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(2))
        )
        configuration.proxy = nil
        return try state.withLock { state throws(VaultError) in
            guard !state.isShutDown else { throw .unavailable(reason: "the client is shut down") }
            if let client = state.client { return client }
            let client = HTTPClient(
                eventLoopGroupProvider: .singleton,
                configuration: configuration
            )
            state.client = client
            return client
        }
    }

    private func remember(
        _ card: CardDetails,
        of identifier: String,
        until: ContinuousClock.Instant
    ) {
        state.withLock { state in
            if state.known.count >= Self.maximumKnownIdentifiers { state.known = [:] }
            state.known[identifier] = (card, until)
        }
    }

    private static let incomprehensible = VaultError.unavailable(
        reason: "the vault gave an answer that cannot be read"
    )

    private static func details(_ body: JSON) throws(VaultError) -> CardDetails {
        do {
            return try CardDetails(document: body)
        } catch {
            throw incomprehensible
        }
    }

    /// Test identifiers are letters, digits and underscores; nothing else gets into a path.
    private static func isPlausible(_ identifier: String) -> Bool {
        (identifier.hasPrefix("pm_") || identifier.hasPrefix("tok_"))
            && identifier.utf8.count <= 100
            && identifier.unicodeScalars.allSatisfy { scalar in
                scalar == "_" || ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar)
                    || ("A"..."Z").contains(scalar)
            }
    }
}
