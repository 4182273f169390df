import ServiceKit

/// What can be set about the sandbox.
struct SandboxSettings: Sendable {
    /// The address of network, vault and bank: `HOST`.
    let host: String
    /// The network's port: `NETWORK_PORT`.
    let networkPort: Int
    /// The vault's port: `VAULT_PORT`.
    let vaultPort: Int
    /// The bank's port: `BANK_PORT`.
    let bankPort: Int
    /// The account that the bank keeps for the gateway: `BANK_ACCOUNT`.
    let bankAccount: String
    /// The port of ``ControlServer``: `CONTROL_PORT`.
    let controlPort: Int
    /// The folder of its log, its vault and its certificate: `DATA`.
    let data: String?

    init(_ reader: inout SettingsReader) {
        host = reader.string(
            "host",
            default: "127.0.0.1",
            help: "address of the card network, the vault and the bank"
        )
        networkPort = Self.port("network.port", "the card network, ISO 8583 over TCP", &reader)
        vaultPort = Self.port("vault.port", "the vault, HTTPS", &reader)
        bankPort = Self.port("bank.port", "the bank, HTTPS", &reader)
        bankAccount = reader.string(
            "bank.account",
            default: "000990000001",
            help: "number of the account that the bank keeps for the gateway"
        )
        controlPort = Self.port("control.port", "faults, summary and log, on loopback", &reader)
        data = reader.optionalString(
            "data",
            help: "folder of the log, the vault and its certificate; STATE/sandbox by default"
        )
    }

    private static func port(
        _ key: String,
        _ purpose: String,
        _ reader: inout SettingsReader
    ) -> Int {
        reader.integer(
            key,
            default: 0,
            in: 0...65_535,
            help: "port of \(purpose); 0 lets the kernel choose"
        )
    }
}
