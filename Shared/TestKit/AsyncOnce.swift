import Synchronization

/// A value that the first task makes and all others wait for.
final class AsyncOnce<Value: Sendable>: Sendable {
    private typealias Outcome = Result<Value, any Error>

    private enum State {
        case untouched
        case underWay([CheckedContinuation<Outcome, Never>])
        case made(Outcome)
    }

    private enum Turn {
        case make
        case wait
    }

    private let state = Mutex(State.untouched)

    /// Returns the value; makes it if this is the first call.
    func value(_ make: () async throws -> Value) async throws -> Value {
        let turn = state.withLock { state -> Turn in
            guard case .untouched = state else { return .wait }
            state = .underWay([])
            return .make
        }
        switch turn {
        case .wait:
            return try await withCheckedContinuation { wait($0) }.get()
        case .make:
            let outcome: Outcome
            do {
                outcome = .success(try await make())
            } catch {
                outcome = .failure(error)
            }
            finish(outcome)
            return try outcome.get()
        }
    }

    private func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
        let outcome: Outcome? = state.withLock { state in
            switch state {
            case .made(let outcome):
                return outcome
            case .untouched:
                return nil
            case .underWay(let waiting):
                state = .underWay(waiting + [continuation])
                return nil
            }
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    private func finish(_ outcome: Outcome) {
        let waiting = state.withLock { state in
            defer { state = .made(outcome) }
            guard case .underWay(let waiting) = state else {
                return [CheckedContinuation<Outcome, Never>]()
            }
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: outcome) }
    }
}
