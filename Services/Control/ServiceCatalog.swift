import Foundation

/// One of the system's programs as the supervisor starts it.
struct CatalogEntry: Sendable, Equatable {
    let name: String
    let executable: String
    let adminPort: Int
    let environment: [String: String]

    /// Settings that the operator gives one service: `ORCHESTRATOR_LEASE_SECONDS=5` is
    /// `LEASE_SECONDS=5` for the orchestrator.
    func overrides(in environment: [String: String]) -> [String: String] {
        let prefix = name.uppercased() + "_"
        let own = environment.filter { $0.key.hasPrefix(prefix) && $0.key != prefix }
        return Dictionary(
            uniqueKeysWithValues: own.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
        )
    }
}

/// The services that a stack runs, and the settings each of them gets.
struct ServiceCatalog: Sendable {
    let layout: StackLayout
    let settings: StackSettings
    let databaseURL: String

    private var ports: StackPorts { settings.ports }

    /// In the order in which they start; they stop in the opposite one.
    var entries: [CatalogEntry] {
        [
            entry(
                "sandbox",
                "Sandbox",
                adminPort: ports.sandboxAdmin,
                environment: [
                    "NETWORK_PORT": String(ports.network),
                    "VAULT_PORT": String(ports.vault),
                    "BANK_PORT": String(ports.bank),
                    "CONTROL_PORT": String(ports.faults),
                    "DATA": layout.sandbox,
                ]
            ),
            entry(
                "orchestrator",
                "Orchestrator",
                adminPort: ports.orchestratorAdmin,
                environment: [
                    "DATABASE_URL": databaseURL,
                    "NETWORK_HOST": "127.0.0.1",
                    "NETWORK_PORT": String(ports.network),
                    // What the network tells of its own accord is at the same door as its vault.
                    "NOTICES_URL": "https://127.0.0.1:\(ports.vault)",
                    "NOTICES_CERTIFICATE_FILE": "\(layout.sandbox)/vault-certificate.pem",
                ]
            ),
            entry(
                "settlement",
                "Settlement",
                adminPort: ports.settlementAdmin,
                environment: [
                    "DATABASE_URL": databaseURL,
                    // The network's clearing files are at the same door as its vault.
                    "CLEARING_URL": "https://127.0.0.1:\(ports.vault)",
                    "CLEARING_CERTIFICATE_FILE": "\(layout.sandbox)/vault-certificate.pem",
                ]
            ),
            entry(
                "payout",
                "Payout",
                adminPort: ports.payoutAdmin,
                environment: [
                    "DATABASE_URL": databaseURL,
                    "BANK_URL": "https://127.0.0.1:\(ports.bank)",
                    // Used where BANK_TRANSPORT is folders.
                    "BANK_FOLDER": "\(layout.sandbox)/bank",
                    "BANK_CERTIFICATE_FILE": "\(layout.sandbox)/vault-certificate.pem",
                ]
            ),
            entry(
                "webhook",
                "Webhook",
                adminPort: ports.webhookAdmin,
                environment: [
                    "DATABASE_URL": databaseURL,
                    "ALLOW_LOOPBACK_TARGETS": "true",
                ]
            ),
            entry(
                "reconciliation",
                "Reconciliation",
                adminPort: ports.reconciliationAdmin,
                environment: [
                    "DATABASE_URL": databaseURL,
                    "NETWORK_RECORD": "http://127.0.0.1:\(ports.faults)",
                ]
            ),
            entry(
                "gateway",
                "Gateway",
                adminPort: ports.gatewayAdmin,
                environment: [
                    "DATABASE_URL": databaseURL,
                    "PORT": String(ports.gateway),
                    // Cards go to the vault and nowhere else; the gateway never sees the network.
                    "VAULT_URL": "https://127.0.0.1:\(ports.vault)",
                    "VAULT_CERTIFICATE_FILE": "\(layout.sandbox)/vault-certificate.pem",
                    // A stack of one's own delivers to receivers on the same machine.
                    "ALLOW_LOOPBACK_TARGETS": "true",
                ]
            ),
        ]
    }

    private func entry(
        _ name: String,
        _ executable: String,
        adminPort: Int,
        environment: [String: String]
    ) -> CatalogEntry {
        let common = [
            "STATE": layout.state,
            "INSTANCE": name,
            "LOG_LEVEL": settings.logLevel,
            "ADMIN_HOST": "127.0.0.1",
            "ADMIN_PORT": String(adminPort),
        ]
        return CatalogEntry(
            name: name,
            executable: "\(settings.binaries)/\(executable)",
            adminPort: adminPort,
            environment: common.merging(environment) { $1 }
        )
    }
}
