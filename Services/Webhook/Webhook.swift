import EventStore
import Foundation
import MerchantAPI
import NIOPosix
import Postgres
import Schema
import ServiceKit
import ServiceLifecycle
import WebhookStore
import Webhooks

/// Delivers events to merchants' endpoints.
@main
struct Webhook {
    static func main() async {
        let outcome = await ServiceProcess.run(
            "webhook",
            summary: "delivers events to merchants' endpoints",
            settings: { reader in WebhookServiceSettings(&reader) },
            services: { settings, context in
                try await WebhookWiring(settings: settings, context: context).services()
            }
        )
        exit(outcome.rawValue)
    }
}

/// Puts the parts together.
struct WebhookWiring: Sendable {
    private static let role = "webhook"

    let settings: WebhookServiceSettings
    let context: ServiceContext

    func services() async throws -> [any Service] {
        let database = try DatabaseService(
            settings.database,
            context: context,
            role: Self.role,
            check: { try await SchemaCheck.run($0) }
        )
        try await database.usable()
        let secret = try KeptSecret(state: context.common.state, name: "webhook-signing")
            .bytes(settings.signingSecret)
        let connections = try TargetConnections(
            group: MultiThreadedEventLoopGroup.singleton,
            trusting: settings.trustedCertificateFile
        )
        let threads = NIOThreadPool(numberOfThreads: SystemResolver.threadCount)
        threads.start()
        let sender = Sender(
            guardian: AddressGuard(
                filter: settings.policy.filter,
                resolver: SystemResolver(
                    threads: threads,
                    group: MultiThreadedEventLoopGroup.singleton
                )
            ),
            policy: settings.policy,
            connections: connections,
            secrets: WebhookSecrets(installationSecret: secret),
            timeouts: settings.timeouts,
            clock: { SystemClock.now() }
        )
        let service = WebhookService(
            WebhookService.Dependencies(
                pool: database.pool,
                configuration: try settings.database.configuration(
                    role: Self.role,
                    applicationName: context.common.instance
                ),
                owner: context.common.instance,
                attempt: { await sender.attempt($0) },
                clock: { SystemClock.now() },
                metrics: context.metrics,
                logger: context.logger
            ),
            maximumInFlight: settings.maximumInFlight,
            leaseSeconds: settings.leaseSeconds
        )
        return [database, service, IdleSweep(connections: connections)]
    }
}

/// Closes connections that nobody has used for a while.
private struct IdleSweep: Service {
    let connections: TargetConnections

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(2)) }
            connections.sweep()
        }
    }
}
