import Glibc
import Schema
import ServiceKit
import ServiceLifecycle
import SettlementStore

/// Settles with the network what was captured, batch by batch.
@main
struct SettlementProcess {
    static func main() async {
        let outcome = await ServiceProcess.run(
            "settlement",
            summary: "settles with the network what was captured, batch by batch",
            settings: { reader in SettlementSettings(&reader) },
            services: { settings, context in
                let database = try DatabaseService(
                    settings.database,
                    context: context,
                    role: "settlement",
                    check: { try await SchemaCheck.run($0) }
                )
                try await database.usable()
                let service = SettlementService(
                    store: SettlementStore(database.pool),
                    clearing: ClearingClient(
                        url: settings.clearingURL,
                        certificateFile: settings.certificateFile
                    ),
                    metrics: context.metrics,
                    logger: context.logger
                )
                return [database, service]
            }
        )
        exit(outcome.rawValue)
    }
}
