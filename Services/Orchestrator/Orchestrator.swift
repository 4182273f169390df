import CardNetwork
import Foundation
import Glibc
import Money
import Schema
import ServiceKit
import ServiceLifecycle

/// Runs payment commands against the card network.
@main
struct Orchestrator {
    static func main() async {
        let outcome = await ServiceProcess.run(
            "orchestrator",
            summary: "runs payment commands against the card network",
            settings: { reader in OrchestratorSettings(&reader) },
            services: { settings, context in
                let database = try DatabaseService(
                    settings.database,
                    context: context,
                    role: "orchestrator",
                    plansForGrowth: true,
                    check: { try await SchemaCheck.run($0) }
                )
                try await database.usable()
                let network = NetworkService(
                    host: settings.networkHost,
                    port: settings.networkPort,
                    context: context
                )
                let notices = settings.noticesURL.map { url in
                    NoticeClient(url: url, certificateFile: settings.noticesCertificateFile)
                }
                let orchestrator = OrchestratorService(
                    OrchestratorService.Dependencies(
                        pool: database.pool,
                        configuration: try settings.database.configuration(
                            role: "orchestrator",
                            applicationName: context.common.instance
                        ),
                        network: network.client,
                        notices: notices,
                        owner: context.common.instance,
                        clock: { SystemClock.now() },
                        metrics: context.metrics,
                        stages: context.stages,
                        logger: context.logger
                    ),
                    settings.tuning
                )
                let door = notices.map { [NoticeService(client: $0)] } ?? []
                return [database, network] + door + [orchestrator]
            }
        )
        exit(outcome.rawValue)
    }
}
