import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1
import NIOSSL
import PayoutStore
import ServiceKit
import Synchronization

/// Brings files to the bank and fetches the bank's, over HTTPS.
final class BankClient: BankTransport {
    /// The longest file that is taken.
    private static let maximumFileBytes = 64 << 20
    private static let maximumListBytes = 4 << 20
    private static let filesOfPage = 100

    private let url: String
    private let certificateFile: String?
    private let timeout: TimeAmount
    private let state = Mutex<HTTPClient?>(nil)

    /// Names the bank's door; `certificateFile` is a PEM file, nil trusts what the system trusts.
    init(url: String, certificateFile: String?, timeout: TimeAmount = .seconds(30)) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.certificateFile = certificateFile
        self.timeout = timeout
    }

    /// Brings a file; nil when the bank confirmed it, its words when it does not take it.
    func bring(_ file: OutgoingFile) async throws(BankUnavailable) -> String? {
        var request = HTTPClientRequest(url: "\(url)/v1/files")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/xml")
        request.body = .bytes(ByteBuffer(string: file.content))
        let (status, body) = try await send(request, limit: Self.maximumListBytes)
        switch status.code {
        case 200..<300: return nil
        case 400..<500:
            return "\(status.code): \(String(decoding: body.prefix(1_000), as: UTF8.self))"
        case _: throw BankUnavailable(description: "the bank answered \(status.code)")
        }
    }

    /// The bank's files after one of them, oldest first, a page of them.
    func offered(after sequence: Int64) async throws(BankUnavailable) -> [OfferedFile] {
        let request = HTTPClientRequest(
            url: "\(url)/v1/files?after=\(sequence)&limit=\(Self.filesOfPage)"
        )
        let (status, body) = try await send(request, limit: Self.maximumListBytes)
        guard status == .ok, let files = try? JSON(parsing: body).asArray else {
            throw BankUnavailable(description: "the bank's list cannot be read: \(status.code)")
        }
        var offered: [OfferedFile] = []
        for file in files {
            guard case .integer(let sequence)? = file["sequence"],
                case .string(let name)? = file["name"]
            else { throw BankUnavailable(description: "the bank's list has a line that is none") }
            offered.append(OfferedFile(name: name, sequence: sequence))
        }
        return offered
    }

    /// The bytes of one of the bank's files.
    func fetch(_ file: OfferedFile) async throws(BankUnavailable) -> FetchedFile {
        let sequence = file.sequence ?? 0
        let request = HTTPClientRequest(url: "\(url)/v1/files/\(sequence)")
        let (status, body) = try await send(request, limit: Self.maximumFileBytes)
        guard status == .ok else {
            throw BankUnavailable(description: "the bank's file \(sequence): \(status.code)")
        }
        return .whole(body)
    }

    /// Nothing: the store's place in the bank's list says what was heard.
    func heard(_ file: OfferedFile, refusal: String?) async throws(BankUnavailable) {}

    private func send(
        _ request: HTTPClientRequest,
        limit: Int
    ) async throws(BankUnavailable) -> (HTTPResponseStatus, [UInt8]) {
        do {
            let response = try await client().execute(request, timeout: timeout)
            let body = try await response.body.collect(upTo: limit)
            return (response.status, Array(body.readableBytesView))
        } catch {
            throw BankUnavailable(description: "the bank cannot be reached: \(error)")
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
