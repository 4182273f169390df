import CardNetwork
import Foundation
import Hummingbird
import HummingbirdTLS
import JSON
import Logging
import NIOCore
import NIOSSL
import Payments
import ServerCertificates
import ServiceLifecycle

/// The vault's HTTPS side.
struct VaultServer: Service {
    let host: String
    let port: Int
    let vault: Vault
    let certificate: SelfSignedCertificate
    let logger: Logger
    /// Hears the port, also a chosen one.
    let onListening: @Sendable (Int) -> Void
    /// The network's clearing files, at the same door.
    var clearing: ClearingDoor?
    /// The network's notices, at the same door.
    var notices: NoticeDoor?

    private static let maximumRequestBytes = 4_096

    /// Serves until shutdown.
    func run() async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let router = Self.router(vault: vault)
        clearing?.add(to: router)
        notices?.add(to: router)
        let application = Application(
            router: router,
            server: try .tls(.http1(), tlsConfiguration: certificate.serverConfiguration()),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { [onListening] channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: quiet
        )
        try await application.run()
    }

    /// The routes, apart from a socket; no answer and no error says anything of a card number.
    static func router(vault: Vault) -> Router<BasicRequestContext> {
        let router = Router()
        router.post("v1/cards") { request, _ in
            let body = try await request.body.collect(upTo: maximumRequestBytes)
            let data: CardData
            do {
                data = try CardData(document: try JSON(parsing: body.readableBytesView))
            } catch {
                throw HTTPError(.badRequest)
            }
            do {
                return answer(.ok, try await vault.tokenize(data).document)
            } catch let refusal as CardRefusal {
                return answer(HTTPResponse.Status(code: 402), refusal.document)
            }
        }
        router.get("v1/identifiers/:identifier") { _, context in
            let identifier = try context.parameters.require("identifier")
            guard let card = try await vault.resolve(identifier) else {
                throw HTTPError(.notFound)
            }
            return answer(.ok, card.document)
        }
        return router
    }

    private static func answer(_ status: HTTPResponse.Status, _ document: JSON) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: document.serialized()))
        )
    }
}
