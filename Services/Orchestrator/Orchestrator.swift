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
                let orchestrator = OrchestratorService(
                    OrchestratorService.Dependencies(
                        pool: database.pool,
                        configuration: try settings.database.configuration(
                            role: "orchestrator",
                            applicationName: context.common.instance
                        ),
                        network: network.client,
                        owner: context.common.instance,
                        clock: { SystemClock.now() },
                        metrics: context.metrics,
                        stages: context.stages,
                        logger: context.logger
                    ),
                    settings.tuning
                )
                return [database, network, orchestrator]
            }
        )
        exit(outcome.rawValue)
    }
}
