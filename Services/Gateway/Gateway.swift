import CardNetwork
import CommandQueue
import Foundation
import MerchantAPI
import NIOSSL
import Postgres
import Projections
import Schema
import ServerCertificates
import ServiceKit
import ServiceLifecycle
import Webhooks

/// The HTTP API: authentication, validation, idempotency, rendering of what is stored.
@main
struct Gateway {
    static func main() async {
        let outcome = await ServiceProcess.run(
            "gateway",
            summary: "the HTTP API of the payment gateway",
            settings: { reader in GatewaySettings(&reader) },
            services: { settings, context in
                try await GatewayWiring(settings: settings, context: context).services()
            }
        )
        exit(outcome.rawValue)
    }
}

/// Puts the parts together.
struct GatewayWiring: Sendable {
    private static let role = "gateway"

    let settings: GatewaySettings
    let context: ServiceContext

    /// In the order in which they start; they stop in the opposite one, the listener first.
    func services() async throws -> [any Service] {
        context.readiness.declare("http")
        let database = try DatabaseService(
            settings.database,
            context: context,
            role: Self.role,
            plansForGrowth: true,
            check: { try await SchemaCheck.run($0) }
        )
        try await database.usable()
        let queue = try queueService(database.pool)
        let vault = VaultClient(
            url: settings.vaultURL,
            certificateFile: settings.vaultCertificateFile
        )
        let secrets = try GatewaySecrets(state: context.common.state)
        let handlers = try handlers(database.pool, queue, vault, secrets)
        let http = HTTPService(
            responder: responder(handlers),
            host: settings.host,
            port: settings.port,
            limits: limits,
            tls: try tlsConfiguration(secrets),
            logger: context.logger,
            onListening: { port in
                context.publishPort(port, purpose: "http")
                context.readiness.ready("http")
            }
        )
        return [database, queue, VaultService(client: vault), http]
    }

    private var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.maximumConnections = settings.maximumConnections
        return limits
    }

    private func queueService(_ pool: PostgresPool) throws -> QueueService {
        let instance = context.common.instance
        let configuration = try settings.database.configuration(
            role: Self.role,
            applicationName: instance
        )
        let notifier = Notifier(configuration: configuration, logger: context.logger)
        let waiter = ReplyWaiter(
            pool: pool,
            configuration: configuration,
            instance: instance,
            logger: context.logger
        )
        let submitter = Submitter(
            pool: pool,
            instance: instance,
            notifier: notifier,
            company: { waiter.waitingCount },
            logger: context.logger
        )
        return QueueService(submitter: submitter, waiter: waiter, notifier: notifier)
    }

    private func handlers(
        _ pool: PostgresPool,
        _ queue: QueueService,
        _ vault: VaultClient,
        _ secrets: GatewaySecrets
    ) throws -> MerchantAPIHandlers {
        let keys = KeyReader(pool)
        return MerchantAPIHandlers(
            database: pool,
            desk: QueueDesk(submitter: queue.submitter, waiter: queue.waiter),
            vault: vault,
            keys: KeyRing(look: { try await keys.key(hash: $0) }, clock: { SystemClock.now() }),
            fingerprint: Fingerprint(
                secret: try secrets.idempotencySecret(settings.idempotencySecret)
            ),
            clock: { SystemClock.now() },
            allowsDemoMerchants: settings.allowsDemoMerchants,
            webhooks: WebhookRules(
                policy: TargetPolicy(allowsLoopback: settings.allowsLoopbackTargets),
                secrets: WebhookSecrets(
                    installationSecret: try KeptSecret(
                        state: context.common.state,
                        name: "webhook-signing"
                    ).bytes(settings.webhookSigningSecret)
                )
            )
        )
    }

    private func responder(_ handlers: MerchantAPIHandlers) -> GatewayResponder {
        let admission = Admission(settings.admission)
        context.metrics.observed("gateway_writes_in_flight", help: "writes under way") {
            Double(admission.writes)
        }
        context.metrics.observed("gateway_reads_in_flight", help: "reads under way") {
            Double(admission.reads)
        }
        return GatewayResponder(
            transport: TransportRules(
                terminatesTLS: settings.terminatesTLS,
                allowsPlainHTTP: settings.environment == .development
                    && GatewaySettings.isLoopback(settings.host),
                trustedProxies: settings.trustedProxies
            ),
            handlers: handlers,
            limits: limits,
            addressLimits: AddressLimits(
                demoMerchantsPerMinute: settings.demoMerchantsPerMinute,
                tokenizationsPerMinute: settings.tokenizationsPerMinute
            ),
            admission: admission,
            stages: context.stages,
            replyTimeout: .milliseconds(settings.replyTimeoutMilliseconds),
            metrics: GatewayMetrics(context.metrics),
            logger: context.logger
        )
    }

    private func tlsConfiguration(_ secrets: GatewaySecrets) throws -> TLSConfiguration? {
        if let certificateFile = settings.certificateFile, let keyFile = settings.keyFile {
            return try .server(certificateFile: certificateFile, keyFile: keyFile)
        }
        return settings.selfSigned ? try secrets.selfSignedConfiguration(now: Date()) : nil
    }
}
