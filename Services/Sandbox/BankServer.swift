import Foundation
import Hummingbird
import HummingbirdTLS
import JSON
import Logging
import NIOCore
import NIOSSL
import ServerCertificates
import ServiceLifecycle

/// The bank's HTTPS side, where its customer leaves files and fetches others.
///
/// | request | does |
/// |---|---|
/// | `POST /v1/files` with a pain.001.001.09 | takes the file; 202 once that is durable |
/// | `GET /v1/files[?after=…&limit=…]` | names of the files for the customer, oldest first |
/// | `GET /v1/files/SEQUENCE` | one of them: pain.002, camt.054 or camt.053 |
struct BankServer: Service {
    let host: String
    let port: Int
    let desk: BankDesk
    let certificate: SelfSignedCertificate
    let logger: Logger
    /// Hears the port, also a chosen one.
    let onListening: @Sendable (Int) -> Void

    /// The longest file that is taken.
    private static let maximumFileBytes = 16 << 20
    private static let defaultFiles = 100
    private static let maximumFiles = 1_000

    /// Serves until shutdown.
    func run() async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            router: Self.router(desk: desk),
            server: try .tls(.http1(), tlsConfiguration: certificate.serverConfiguration()),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { [onListening] channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: quiet
        )
        try await application.run()
    }

    /// The routes, apart from a socket.
    static func router(desk: BankDesk) -> Router<BasicRequestContext> {
        let router = Router()
        router.post("v1/files") { request, _ in
            let body = try await request.body.collect(upTo: maximumFileBytes)
            do {
                try await desk.take(Array(body.readableBytesView))
            } catch let refusal as BankRefusal {
                throw HTTPError(.unprocessableContent, message: refusal.description)
            }
            return Response(status: .accepted)
        }
        router.get("v1/files") { request, _ in
            let after = request.uri.queryParameters.get("after", as: Int64.self) ?? 0
            let limit = request.uri.queryParameters.get("limit", as: Int.self) ?? defaultFiles
            guard after >= 0, (1...maximumFiles).contains(limit) else {
                throw HTTPError(.badRequest)
            }
            let files = try desk.outbox.files(after: after, limit: limit)
            let document: JSON = .array(
                files.map { ["sequence": .integer($0.sequence), "name": .string($0.name)] }
            )
            return answer(document.serialized(), "application/json")
        }
        router.get("v1/files/:sequence") { _, context in
            let sequence = try context.parameters.require("sequence", as: Int64.self)
            guard sequence > 0, let file = try desk.outbox.file(sequence) else {
                throw HTTPError(.notFound)
            }
            return answer(file.bytes, "application/xml")
        }
        return router
    }

    private static func answer(_ body: [UInt8], _ type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}
