import AsyncHTTPClient
import ClearingFile
import Money
import NIOCore
import NIOHTTP1
import NIOSSL
import Payments
import Synchronization

/// Why the network's clearing file could not be fetched; trying again may help.
struct ClearingUnavailable: Error, Sendable, CustomStringConvertible {
    /// What happened.
    let description: String
}

/// Fetches the network's clearing files over HTTPS, from the door where its vault is.
final class ClearingClient: Sendable {
    /// The longest file that is taken: a million lines.
    private static let maximumFileBytes = 128 << 20

    private let url: String
    private let certificateFile: String?
    private let timeout: Duration
    private let state = Mutex<HTTPClient?>(nil)

    /// Names the network's door; `certificateFile` is a PEM file, nil trusts what the system trusts.
    init(url: String, certificateFile: String? = nil, timeout: Duration = .seconds(30)) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.certificateFile = certificateFile
        self.timeout = timeout
    }

    /// The network's name for a merchant, field 42.
    static func acceptor(_ merchantID: MerchantID) -> String {
        String(merchantID.rawValue.suffix(15))
    }

    /// The bytes of a file; the same for the same merchant, currency and cut-off, whenever asked.
    func fetch(
        _ merchantID: MerchantID,
        currency: Currency,
        cutOff: Timestamp
    ) async throws(ClearingUnavailable) -> [UInt8] {
        do {
            let path =
                "\(Self.acceptor(merchantID))/\(currency.code)/\(ClearingFile.time(cutOff))"
            let request = HTTPClientRequest(url: "\(url)/v1/clearing/\(path)")
            let response = try await client().execute(request, timeout: TimeAmount(timeout))
            guard response.status == .ok else {
                throw ClearingUnavailable(description: "the network answered \(response.status)")
            }
            let body = try await response.body.collect(upTo: Self.maximumFileBytes)
            return Array(body.readableBytesView)
        } catch let error as ClearingUnavailable {
            throw error
        } catch {
            throw ClearingUnavailable(description: "the network cannot be reached: \(error)")
        }
    }

    /// Closes its connections; no request may follow.
    func shutdown() async throws {
        let client = state.withLock { client in
            defer { client = nil }
            return client
        }
        try await client?.shutdown()
    }

    private func client() throws -> HTTPClient {
        if let client = state.withLock({ $0 }) { return client }
        var tls = TLSConfiguration.makeClientConfiguration()
        if let certificateFile {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificateFile))
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(2))
        )
        configuration.proxy = nil
        return state.withLock { client in
            if let client { return client }
            let fresh = HTTPClient(
                eventLoopGroupProvider: .singleton,
                configuration: configuration
            )
            client = fresh
            return fresh
        }
    }
}
