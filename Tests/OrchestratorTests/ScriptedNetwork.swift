import CardNetwork
import CommandQueue
import Money
import Payments
import Synchronization

/// Something that tests hold closed and open once.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>(
        (false, [])
    )

    var waitingCount: Int { state.withLock { $0.waiting.count } }

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// A card network that does what a test says, and keeps books of its own.
///
/// It never counts one message twice, remembers reversals of what it has not seen, and says what a
/// customer was debited in the end: the truth that ours is compared with.
final class ScriptedNetwork: CardNetworkLink {
    /// What becomes of one message.
    enum Fate: Sendable {
        case answered
        /// It never arrives.
        case lost
        /// It arrives and counts; its answer does not come back.
        case answerLost
        /// It never left.
        case notSent
        /// The network says no, with this response code.
        case refused(String)
        /// The network has taken note, and nothing is final.
        case inProgress
        /// It arrives and counts; its answer comes when the gate opens.
        case held(Gate)
        /// It waits before it arrives, until the gate opens.
        case delayed(Gate)
    }

    enum Kind: String, Sendable { case authorization, capture, reversal, refund }

    struct Entry: Sendable, Equatable {
        let kind: Kind
        let reference: String
        let isRepeated: Bool
    }

    private struct Family {
        var isAuthorized = false
        var isReversed = false
        var captured: Int64 = 0
        var refunded: Int64 = 0
    }

    private struct Books {
        var families: [NetworkReference: Family] = [:]
        var log: [Entry] = []
    }

    private let books = Mutex(Books())
    private let script: @Sendable (Kind, Int, NetworkEffect) -> Fate

    /// - Parameter script: Says what becomes of a message: its kind, how many of that kind came
    ///   before it in its family, and the message.
    init(
        _ script: @escaping @Sendable (Kind, Int, NetworkEffect) -> Fate = { _, _, _ in .answered }
    ) {
        self.script = script
    }

    /// Every message that was sent, whatever became of it.
    var log: [Entry] { books.withLock { $0.log } }

    func count(_ kind: Kind) -> Int { log.count { $0.kind == kind } }

    /// What all customers have paid in the end.
    var debitedMinorUnits: Int64 {
        books.withLock { books in
            books.families.values.reduce(0) { sum, family in
                sum + (family.isReversed ? 0 : family.captured) - family.refunded
            }
        }
    }

    /// How many authorizations are held, neither captured nor reversed.
    var heldCount: Int {
        books.withLock { books in
            books.families.values.count {
                $0.isAuthorized && !$0.isReversed && $0.captured == 0
            }
        }
    }

    func send(_ effect: NetworkEffect, timeout: Duration) async -> NetworkOutcome {
        let entry = Entry(
            kind: effect.kind,
            reference: effect.message.reference.rawValue,
            isRepeated: effect.isRepeated
        )
        let earlier = books.withLock { books in
            defer { books.log.append(entry) }
            return books.log.count { $0.kind == entry.kind && $0.reference == entry.reference }
        }
        switch script(effect.kind, earlier, effect) {
        case .answered: return take(effect)
        case .lost: return .unknown
        case .answerLost:
            _ = take(effect)
            return .unknown
        case .notSent: return .notSent
        case .refused(let code):
            if case .authorize = effect { return .declined(responseCode: code) }
            return .refused(responseCode: code)
        case .inProgress: return .inProgress
        case .held(let gate):
            let outcome = take(effect)
            await gate.pass()
            return Task.isCancelled ? .unknown : outcome
        case .delayed(let gate):
            await gate.pass()
            return Task.isCancelled ? .unknown : take(effect)
        }
    }

    private func take(_ effect: NetworkEffect) -> NetworkOutcome {
        books.withLock { books in
            let reference = effect.message.reference
            var family = books.families[reference] ?? Family()
            defer { books.families[reference] = family }
            switch effect {
            case .authorize:
                guard !family.isReversed else { return .declined(responseCode: "94") }
                family.isAuthorized = true
                return .approved(code: "A1B2C3", networkTransactionID: "net_1")
            case .capture(let message, repeated: _):
                guard family.isAuthorized, !family.isReversed else {
                    return .refused(responseCode: "25")
                }
                family.captured = message.amount.minorUnits
                return .acknowledged
            case .reverse:
                family.isReversed = true
                return .acknowledged
            case .refund(let message, _, repeated: _):
                family.refunded = message.amount.minorUnits
                return .acknowledged
            case .respond: return .notSent
            }
        }
    }
}

extension NetworkEffect {
    fileprivate var kind: ScriptedNetwork.Kind {
        switch self {
        case .authorize: .authorization
        case .capture: .capture
        case .reverse: .reversal
        case .refund, .respond: .refund
        }
    }

    fileprivate var isRepeated: Bool {
        switch self {
        case .authorize: false
        case .capture(_, let repeated): repeated
        case .reverse(_, _, let repeated): repeated
        case .refund(_, _, let repeated): repeated
        case .respond: false
        }
    }
}
