import CardNetwork
import ServiceLifecycle

/// Closes the connections to the vault when the gateway ends.
struct VaultService: Service {
    let client: VaultClient

    /// Waits for shutdown.
    func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }
}
