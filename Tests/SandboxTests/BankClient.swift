import AsyncHTTPClient
import BankMessages
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import NIOSSL

/// Leaves files at the bank and fetches others, as its customer does.
struct BankClient: Sendable {
    private let port: Int
    private let client: HTTPClient

    init(port: Int, certificate: URL) {
        self.port = port
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(certificate.path)
        client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: HTTPClient.Configuration(tlsConfiguration: tls)
        )
    }

    /// Closes what the client holds open.
    func shutDown() async throws { try await client.shutdown() }

    /// Leaves a file and gives the status of the answer.
    func send(_ bytes: [UInt8]) async throws -> UInt {
        var request = HTTPClientRequest(url: url("v1/files"))
        request.method = .POST
        request.body = .bytes(ByteBuffer(bytes: bytes))
        return try await client.execute(request, timeout: .seconds(20)).status.code
    }

    /// The files after one of them.
    func list(after sequence: Int64 = 0) async throws -> [(sequence: Int64, name: String)] {
        let document = try JSON(parsing: try await get("v1/files?after=\(sequence)"))
        return try (document.asArray ?? []).map {
            (try $0.integer("sequence"), try $0.string("name"))
        }
    }

    /// The bytes of the files whose names have this message in them.
    func fetch(_ message: String, after sequence: Int64 = 0) async throws -> [[UInt8]] {
        var files: [[UInt8]] = []
        for file in try await list(after: sequence) where file.name.contains(message) {
            files.append(try await get("v1/files/\(file.sequence)"))
        }
        return files
    }

    private func get(_ path: String) async throws -> [UInt8] {
        let response = try await client.execute(
            HTTPClientRequest(url: url(path)),
            timeout: .seconds(20)
        )
        return Array(try await response.body.collect(upTo: 1 << 24).readableBytesView)
    }

    private func url(_ path: String) -> String { "https://127.0.0.1:\(port)/\(path)" }
}
