import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import MerchantAPI
import NIOCore
import NIOSSL
import ServiceLifecycle

/// The API's listener.
struct HTTPService: Service {
    let responder: GatewayResponder
    let host: String
    let port: Int
    let limits: HTTPLimits
    /// Nil serves plain HTTP.
    let tls: TLSConfiguration?
    let logger: Logger
    /// Hears the port, also a chosen one.
    let onListening: @Sendable (Int) -> Void

    /// Serves until shutdown; then no connection is taken any more, and those that have a request
    /// under way end after its answer.
    func run() async throws {
        try await application().run()
    }

    /// The application, which tests call too.
    func application() throws -> Application<GatewayResponder> {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let metrics = responder.metrics
        let plain = HTTPServerBuilder { [limits] respond in
            GuardedHTTPChannel(
                responder: respond,
                limits: limits,
                refusals: { metrics.countRefusal(status: $0.status) }
            )
        }
        return Application(
            responder: responder,
            server: try tls.map { try .tls(plain, tlsConfiguration: $0) } ?? plain,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    limits.maximumConnections,
                    logger: quiet
                )
            ),
            onServerRunning: { [onListening] channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: quiet
        )
    }
}
