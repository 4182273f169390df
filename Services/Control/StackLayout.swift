import Foundation

/// Where the parts of one stack are: its files under STATE, and its ports.
///
/// Two stacks with different state folders and ports share nothing, so they run side by side.
struct StackLayout: Sendable, Equatable {
    /// The absolute path of the state folder.
    let state: String

    init(state: String) {
        let url = URL(fileURLWithPath: state).standardizedFileURL
        self.state = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
    }

    var run: String { state + "/run" }
    var logs: String { state + "/log" }

    /// Held by the supervisor for as long as it lives.
    var lockFile: String { run + "/supervisor.lock" }

    /// What the supervisor knows of its processes.
    var stateFile: String { run + "/stack.json" }

    /// The settings with which the stack was started; it may hold a password.
    var settingsFile: String { run + "/settings.json" }

    /// The demo merchant's keys.
    var demoFile: String { state + "/demo-merchant.json" }

    /// The sandbox's own log and vault.
    var sandbox: String { state + "/sandbox" }

    func log(of process: String) -> String { "\(logs)/\(process).log" }

    /// Twelve digits that tell this stack from others where its path is too long to be used.
    var fingerprint: String {
        // FNV-1a: a name, not a secret.
        let hash = state.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return String(String(hash, radix: 16).suffix(12))
    }
}

/// The ports of one stack, all derived from the gateway's and all below the ephemeral range.
struct StackPorts: Sendable, Equatable, Codable {
    /// Above lie the ports that the kernel hands out, where a fixed bind fails at random.
    static let highest = 32_767

    let gateway: Int
    let network: Int
    let vault: Int
    let gatewayAdmin: Int
    let orchestratorAdmin: Int
    let sandboxAdmin: Int
    let supervisorAdmin: Int

    /// The ports for a gateway port: a block of ten in 20000...31999, by the gateway's port.
    ///
    /// Gateway ports that differ by less than 1,200 give different blocks.
    init(gateway: Int) {
        let first = 20_000 + (gateway % 1_200) * 10
        self.gateway = gateway
        network = first
        vault = first + 1
        gatewayAdmin = first + 3
        orchestratorAdmin = first + 4
        sandboxAdmin = first + 5
        supervisorAdmin = first + 6
    }

    /// All of them.
    var all: [Int] {
        [gateway, network, vault, gatewayAdmin, orchestratorAdmin, sandboxAdmin, supervisorAdmin]
    }
}
