import Foundation
import Logging
import Money
import ServerCertificates
import ServiceKit
import ServiceLifecycle

/// The other end: a card network, its token vault and a bank, with test cards, test accounts and
/// switchable faults.
@main
struct Sandbox {
    static func main() async {
        let outcome = await ServiceProcess.run(
            "sandbox",
            summary: "a card network (ISO 8583 over TCP), its token vault and a bank (HTTPS)",
            settings: { reader in SandboxSettings(&reader) },
            services: { settings, context in
                let wiring = SandboxWiring(settings: settings, context: context) { port, purpose in
                    context.publishPort(port, purpose: purpose)
                }
                return try wiring.services()
            }
        )
        exit(outcome.rawValue)
    }
}

/// Puts the parts together, for the process and for tests.
struct SandboxWiring: Sendable {
    let settings: SandboxSettings
    let context: ServiceContext
    /// Hears each port as soon as it is open, with its purpose.
    let onListening: @Sendable (_ port: Int, _ purpose: String) -> Void

    init(
        settings: SandboxSettings,
        context: ServiceContext,
        onListening: @escaping @Sendable (_ port: Int, _ purpose: String) -> Void
    ) {
        self.settings = settings
        self.context = context
        self.onListening = onListening
    }

    /// In the order in which they start; the logs end last.
    func services() throws -> [any Service] {
        let folder = URL(
            fileURLWithPath: settings.data ?? context.common.state + "/sandbox",
            isDirectory: true
        )
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let clock: @Sendable () -> Timestamp = {
            Timestamp(microsecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1_000_000))
        }
        let logger = context.logger
        let certificate = try SelfSignedCertificate(
            folder: folder,
            prefix: "vault-",
            name: "card network vault",
            host: "sandbox",
            now: Date()
        )
        let vault = try Vault(folder: folder, clock: clock, logger: logger)
        let desk = try NetworkDesk(folder: folder, vault: vault, clock: clock, logger: logger)
        let bank = try BankDesk(
            folder: folder,
            accountNumber: settings.bankAccount,
            logger: logger
        )
        let folders = BankFolders(
            folder: folder.appendingPathComponent("bank", isDirectory: true),
            desk: bank,
            logger: logger
        )
        let clearing = ClearingDoor(
            desk: try ClearingDesk(
                folder: folder.appendingPathComponent("clearing", isDirectory: true),
                books: { desk.books }
            ),
            treasury: NetworkTreasury(bank: bank)
        )
        return [vault.log, desk.log, bank.log, folders]
            + servers(vault, desk, bank, clearing, certificate)
    }

    private func servers(
        _ vault: Vault,
        _ desk: NetworkDesk,
        _ bank: BankDesk,
        _ clearing: ClearingDoor,
        _ certificate: SelfSignedCertificate
    ) -> [any Service] {
        for purpose in ["network", "vault", "bank", "control"] {
            context.readiness.declare(purpose)
        }
        let notices = NoticeDoor(notices: NoticeDesk(desk), desk: desk)
        let network = NetworkServer(
            host: settings.host,
            port: settings.networkPort,
            desk: desk,
            logger: context.logger,
            onListening: { publish($0, "network") }
        )
        let vaultServer = VaultServer(
            host: settings.host,
            port: settings.vaultPort,
            vault: vault,
            certificate: certificate,
            logger: context.logger,
            onListening: { publish($0, "vault") },
            clearing: clearing,
            notices: notices
        )
        let bankServer = BankServer(
            host: settings.host,
            port: settings.bankPort,
            desk: bank,
            certificate: certificate,
            logger: context.logger,
            onListening: { publish($0, "bank") }
        )
        let control = ControlServer(
            port: settings.controlPort,
            desk: desk,
            bank: bank,
            logger: context.logger,
            onListening: { publish($0, "control") },
            clearing: clearing,
            notices: notices
        )
        return [network, vaultServer, bankServer, control]
    }

    private func publish(_ port: Int, _ purpose: String) {
        onListening(port, purpose)
        context.readiness.ready(purpose)
    }
}
