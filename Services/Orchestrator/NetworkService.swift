import CardNetwork
import ServiceKit
import ServiceLifecycle

/// Keeps the connections to the card network, and says in `/readyz` whether there is one.
struct NetworkService: Service {
    private static let watchInterval = Duration.seconds(1)

    let client: CardNetworkClient
    private let readiness: Readiness

    init(host: String, port: Int, context: ServiceContext) {
        client = CardNetworkClient(
            configuration: CardNetworkConfiguration(host: host, port: port),
            clock: { SystemClock.now() },
            logger: context.logger
        )
        readiness = context.readiness
        readiness.declare("network")
    }

    /// Connects and stays connected until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await client.run() }
                tasks.addTask { await watch() }
            }
        }
    }

    private func watch() async {
        while !Task.isCancelled {
            if client.isConnected {
                readiness.ready("network")
            } else {
                readiness.notReady("network", reason: "no connection to the card network")
            }
            try? await Task.sleep(for: Self.watchInterval)
        }
    }
}

/// Closes the connections to the network's HTTPS door when nothing uses them any more.
struct NoticeService: Service {
    let client: NoticeClient

    /// Waits for shutdown.
    func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }
}
