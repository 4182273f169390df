import Foundation
import Glibc

/// Ends the processes of a supervisor that was killed.
enum Leftovers {
    /// How long a process has for an orderly end.
    static let graceSeconds = 30

    /// Asks every process of the state file to end, and kills those that do not.
    ///
    /// The cluster's server is ended by the next supervisor, which knows its folder.
    static func end(_ layout: StackLayout, graceSeconds: Int = graceSeconds) async throws {
        guard let state = StackState.load(from: layout) else { return }
        let processes = state.members.compactMap { member in
            member.name == "postgres" ? nil : member.process
        }
        try await end(processes, signal: SIGTERM, graceSeconds)
        let servers = state.members.filter { $0.name == "postgres" }.compactMap(\.process)
        try await end(servers, signal: SIGINT, graceSeconds)
    }

    /// Signals processes, waits for them, and kills them when the time is up.
    private static func end(
        _ processes: [ProcessIdentity],
        signal: Int32,
        _ graceSeconds: Int
    ) async throws {
        for process in processes where process.isAlive { kill(process.processID, signal) }
        let deadline = ContinuousClock.now.advanced(by: .seconds(graceSeconds))
        while processes.contains(where: \.isAlive) {
            if ContinuousClock.now > deadline {
                for process in processes where process.isAlive { kill(process.processID, SIGKILL) }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
