import Foundation
import ServiceKit
import Synchronization

/// What the supervisor knows, as `status` and other programs read it from STATE/run/stack.json.
struct StackState: Sendable, Equatable, Codable {
    /// How far the stack is.
    enum Phase: String, Sendable, Codable {
        case starting
        case running
        case stopping
        case stopped
        case failed
    }

    /// One process under the supervisor.
    struct Member: Sendable, Equatable, Codable {
        var name: String
        var adminPort: Int?
        var process: ProcessIdentity?
        var restarts = 0
        var lastEnding: String?
    }

    var phase = Phase.starting
    /// Why the stack failed or what it waits for.
    var reason: String?
    var supervisor: ProcessIdentity?
    var ports: StackPorts
    var members: [Member]

    static func load(from layout: StackLayout) -> StackState? {
        guard let data = FileManager.default.contents(atPath: layout.stateFile) else { return nil }
        return try? JSONDecoder().decode(StackState.self, from: data)
    }
}

/// Keeps the state and writes every change of it to the state file.
final class StackBoard: Sendable {
    private let state: Mutex<StackState>
    private let path: String
    private let onChange: @Sendable (StackState) -> Void

    init(
        _ initial: StackState,
        path: String,
        onChange: @escaping @Sendable (StackState) -> Void = { _ in }
    ) {
        state = Mutex(initial)
        self.path = path
        self.onChange = onChange
        change { _ in }
    }

    /// Changes the state; the file is written under the lock, so that it is never older.
    func change(_ body: (inout StackState) -> Void) {
        state.withLock { state in
            body(&state)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            // A full disk must not end the supervisor; the next change tries again.
            if let data = try? encoder.encode(state) { try? PrivateFile.write(data, to: path) }
            onChange(state)
        }
    }

    /// Changes one process's entry.
    func change(member name: String, _ body: (inout StackState.Member) -> Void) {
        change { state in
            for index in state.members.indices where state.members[index].name == name {
                body(&state.members[index])
            }
        }
    }

    var current: StackState { state.withLock { $0 } }
}
