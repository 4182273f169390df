import Synchronization

/// What a process needs before it can do its work, and which of it is there.
///
/// A component is declared at wiring time and counts as missing until it reports otherwise.
public final class Readiness: Sendable {
    private struct State {
        var reasons: [String: String?] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    /// Nothing declared, so ready.
    public init() {}

    /// Adds a component that has to become ready.
    public func declare(_ component: String) {
        state.withLock { state in
            if state.reasons[component] == nil { state.reasons[component] = "starting" }
        }
    }

    /// Says that a component can do its work.
    public func ready(_ component: String) {
        state.withLock { $0.reasons[component] = .some(nil) }
    }

    /// Says why a component cannot do its work now.
    public func notReady(_ component: String, reason: String) {
        state.withLock { $0.reasons[component] = Redaction.redact(reason) }
    }

    /// Says that the process is about to end and wants no new work.
    public func stop() {
        state.withLock { $0.isStopping = true }
    }

    /// Whether everything declared is ready and the process goes on.
    public var isReady: Bool {
        state.withLock { state in
            !state.isStopping && state.reasons.values.allSatisfy { $0 == nil }
        }
    }

    /// The components by name, each with the reason why it is not ready, if any.
    var report: (isReady: Bool, components: [(name: String, reason: String?)]) {
        state.withLock { state in
            var components = state.reasons.sorted { $0.key < $1.key }
                .map { (name: $0.key, reason: $0.value) }
            if state.isStopping { components.append((name: "process", reason: "stopping")) }
            return (components.allSatisfy { $0.reason == nil }, components)
        }
    }
}
