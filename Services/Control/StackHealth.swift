import Foundation

/// What the operator sees of a stack at one moment.
struct StackHealth: Sendable, Equatable {
    /// One process.
    struct Row: Sendable, Equatable {
        let name: String
        let processID: Int32?
        /// Nothing if the process is ready.
        let problem: String?
        let restarts: Int
    }

    let isSupervised: Bool
    let phase: StackState.Phase?
    let reason: String?
    let rows: [Row]

    /// Whether everything that was started is ready.
    var isHealthy: Bool {
        isSupervised && phase == .running && !rows.isEmpty && rows.allSatisfy { $0.problem == nil }
    }

    /// Looks at the state file and asks every process.
    static func observe(_ layout: StackLayout, probe: HTTPProbe = HTTPProbe()) async -> StackHealth
    {
        let state = StackState.load(from: layout)
        var rows: [Row] = []
        for member in state?.members ?? [] {
            let process = member.process.flatMap { $0.isAlive ? $0 : nil }
            var problem = process == nil ? "not running" : nil
            if problem == nil, let port = member.adminPort {
                problem = await probe.unreadiness(adminPort: port)
            }
            if let ending = member.lastEnding, problem == "not running" {
                problem = "not running (\(ending))"
            }
            rows.append(
                Row(
                    name: member.name,
                    processID: process?.processID,
                    problem: problem,
                    restarts: member.restarts
                )
            )
        }
        return StackHealth(
            isSupervised: StackLock.isHeld(layout),
            phase: state?.phase,
            reason: state?.reason,
            rows: rows
        )
    }

    /// A table.
    var text: String {
        guard !rows.isEmpty else { return reason ?? "nothing runs" }
        return rows.map { row in
            let columns = [
                row.name.padding(toLength: 16, withPad: " ", startingAt: 0),
                (row.processID.map(String.init) ?? "-").padding(
                    toLength: 9,
                    withPad: " ",
                    startingAt: 0
                ),
                "restarts \(row.restarts)".padding(toLength: 14, withPad: " ", startingAt: 0),
                row.problem ?? "ready",
            ]
            return columns.joined(separator: "")
        }.joined(separator: "\n")
    }
}
