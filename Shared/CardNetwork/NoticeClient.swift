import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1
import NIOSSL
public import Payments
import Synchronization

/// Why the network's notices could not be read; trying again may help.
public struct NoticesUnavailable: Error, Sendable, CustomStringConvertible {
    /// What happened.
    public let description: String

    /// Says what happened.
    public init(_ description: String) { self.description = description }
}

/// The network's door for what it tells of its own accord, and for what is answered in disputes.
public protocol NoticeSource: Sendable {
    /// The notices after a place, as they are delivered: perhaps some again, in any order.
    func notices(after place: Int64, limit: Int) async throws(NoticesUnavailable) -> [NetworkNotice]
    /// Answers in a dispute; the same reference again is the same answer.
    func answer(_ response: DisputeResponse, timeout: Duration) async -> NetworkOutcome
}

/// The network's notices over HTTPS, at the door where its vault is.
public final class NoticeClient: NoticeSource {
    /// The longest page that is taken.
    private static let maximumPageBytes = 4 << 20

    private let url: String
    private let certificateFile: String?
    private let acquirer: String
    private let timeout: Duration
    private let state = Mutex<HTTPClient?>(nil)

    /// Names the network's door; `certificateFile` is a PEM file, nil trusts what the system trusts.
    public init(
        url: String,
        certificateFile: String? = nil,
        profile: AcquirerProfile = AcquirerProfile(),
        timeout: Duration = .seconds(5)
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.certificateFile = certificateFile
        self.timeout = timeout
        acquirer = profile.acquirer
    }

    /// Closes its connections; no request may follow.
    public func shutdown() async throws {
        let client = state.withLock { client in
            defer { client = nil }
            return client
        }
        try await client?.shutdown()
    }

    /// The notices after a place.
    public func notices(
        after place: Int64,
        limit: Int
    ) async throws(NoticesUnavailable) -> [NetworkNotice] {
        do {
            let request = HTTPClientRequest(url: "\(url)/v1/notices?after=\(place)&limit=\(limit)")
            let response = try await client().execute(request, timeout: TimeAmount(timeout))
            let body = try await response.body.collect(upTo: Self.maximumPageBytes)
            guard response.status == .ok else {
                throw NoticesUnavailable("the network answered \(response.status)")
            }
            guard let page = try JSON(parsing: body.readableBytesView).asArray else {
                throw NoticesUnavailable("the network's notices are no list")
            }
            return try page.map { try NetworkNotice(document: $0) }
        } catch let error as NoticesUnavailable {
            throw error
        } catch {
            throw NoticesUnavailable("the network's notices cannot be read: \(error)")
        }
    }

    /// Answers in a dispute: taken, refused because none is taken any more, or not known.
    public func answer(_ response: DisputeResponse, timeout: Duration) async -> NetworkOutcome {
        guard case .object(let members) = response.document else { return .notSent }
        let body = JSON.object(members + [.init(key: "acquirer", value: .string(acquirer))])
        var request = HTTPClientRequest(
            url: "\(url)/v1/disputes/\(response.networkCase)/answers"
        )
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: body.serialized()))
        do {
            let answer = try await client().execute(request, timeout: TimeAmount(timeout))
            _ = try await answer.body.collect(upTo: Self.maximumPageBytes)
            return switch answer.status {
            case .ok: .acknowledged
            case .conflict: .refused(responseCode: "409")
            case _: .unknown
            }
        } catch {
            // It may have been taken: it is asked again under the same reference.
            return .unknown
        }
    }

    private func client() throws -> HTTPClient {
        try state.withLock { state in
            if let client = state { return client }
            var tls = TLSConfiguration.makeClientConfiguration()
            if let certificateFile {
                tls.trustRoots = .certificates(
                    try NIOSSLCertificate.fromPEMFile(certificateFile)
                )
            }
            var configuration = HTTPClient.Configuration(
                tlsConfiguration: tls,
                redirectConfiguration: .disallow,
                timeout: HTTPClient.Configuration.Timeout(connect: .seconds(2))
            )
            configuration.proxy = nil
            let client = HTTPClient(
                eventLoopGroupProvider: .singleton,
                configuration: configuration
            )
            state = client
            return client
        }
    }
}
