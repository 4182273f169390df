import Glibc
import PayoutStore
import Schema
import ServiceKit
import ServiceLifecycle

/// Pays out what is available, by files that the bank answers with files.
@main
struct PayoutProcess {
    static func main() async {
        let outcome = await ServiceProcess.run(
            "payout",
            summary: "pays out what is available, by files that the bank answers with files",
            settings: { reader in PayoutSettings(&reader) },
            services: { settings, context in
                let database = try DatabaseService(
                    settings.database,
                    context: context,
                    role: "payout",
                    check: { try await SchemaCheck.run($0) }
                )
                try await database.usable()
                let service = PayoutService(
                    store: PayoutStore(database.pool),
                    bank: settings.bank(logger: context.logger),
                    debtor: try settings.debtor(),
                    metrics: context.metrics,
                    logger: context.logger
                )
                return [database, service]
            }
        )
        exit(outcome.rawValue)
    }
}
