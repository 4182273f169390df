import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle

/// The operator's door of a process: `/livez`, `/readyz` and `/metrics` over plain HTTP.
///
/// `/livez` depends on nothing but the process itself, so that a database that is away never gets
/// a service restarted. It listens on a loopback address unless told otherwise.
public struct AdminServer: Service {
    private let host: String
    private let port: Int
    private let metrics: Metrics
    private let readiness: Readiness
    private let onListening: @Sendable (Int) -> Void
    private let logger: Logger

    /// Names the address and what is shown there; `onListening` hears the port, also a chosen one.
    public init(
        host: String,
        port: Int,
        metrics: Metrics,
        readiness: Readiness,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.metrics = metrics
        self.readiness = readiness
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until shutdown.
    public func run() async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            router: Self.router(metrics: metrics, readiness: readiness),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { [onListening, logger] channel in
                guard let port = channel.localAddress?.port else { return }
                onListening(port)
                logger.debug("admin server listens", metadata: ["port": "\(port)"])
            },
            logger: quiet
        )
        try await application.run()
    }

    /// The routes, apart from a socket, so that tests can call them.
    static func router(metrics: Metrics, readiness: Readiness) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("livez") { _, _ in response(.ok, "{\"live\":true}\n") }
        router.get("readyz") { _, _ in
            let report = readiness.report
            return response(
                report.isReady ? .ok : .serviceUnavailable,
                readinessDocument(report)
            )
        }
        router.get("metrics") { _, _ in
            response(.ok, metrics.text(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        return router
    }

    private static func readinessDocument(
        _ report: (isReady: Bool, components: [(name: String, reason: String?)])
    ) -> String {
        var line = JSONLine()
        line.append("status", text: report.isReady ? "ready" : "not ready")
        for component in report.components {
            line.append(component.name, text: component.reason ?? "ready")
        }
        return String(decoding: line.finished(), as: UTF8.self)
    }

    private static func response(
        _ status: HTTPResponse.Status,
        _ text: String,
        type: String = "application/json"
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
