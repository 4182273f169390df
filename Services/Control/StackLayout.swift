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

    /// How the database is reached, for `psql`; it may hold a password.
    var databaseURLFile: String { run + "/database.url" }

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
