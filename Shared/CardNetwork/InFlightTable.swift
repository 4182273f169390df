import NIOCore

/// What tells which request an answer belongs to.
///
/// The trace number wraps at a million; together with the reference, which does not, and the kind
/// of answer it stays unique for as long as anything can be in flight.
struct AnswerKey: Hashable, Sendable {
    let type: WireMessageType
    let traceNumber: String
    /// Empty for messages about the connection itself.
    let reference: String

    /// The answer to this request; nil for a message that is no request.
    init?(request: WireMessage) {
        guard let response = request.type.response else { return nil }
        self.init(type: response, message: request)
    }

    /// What this answer answers; nil for a message that is no answer.
    init?(answer: WireMessage) {
        guard answer.type.response == nil else { return nil }
        self.init(type: answer.type, message: answer)
    }

    private init?(type: WireMessageType, message: WireMessage) {
        guard let traceNumber = message[.traceNumber] else { return nil }
        self.type = type
        self.traceNumber = traceNumber
        reference = message[.reference] ?? ""
    }
}

/// The requests of one connection that wait for their answers; decides, and wakes nobody itself.
///
/// Two equal requests (a repeat while the first still waits) share one answer.
struct InFlightTable<Waiter> {
    private struct Entry {
        let id: UInt64
        let deadline: NIODeadline
        let frameNumber: UInt64
        let waiter: Waiter
    }

    private var entries: [AnswerKey: [Entry]] = [:]
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func insert(
        _ waiter: Waiter,
        id: UInt64,
        key: AnswerKey,
        deadline: NIODeadline,
        frameNumber: UInt64
    ) {
        let entry = Entry(id: id, deadline: deadline, frameNumber: frameNumber, waiter: waiter)
        entries[key, default: []].append(entry)
        count += 1
    }

    /// Everybody who waits for this answer; empty when it comes late or twice.
    mutating func take(_ key: AnswerKey) -> [Waiter] {
        let found = entries.removeValue(forKey: key) ?? []
        count -= found.count
        return found.map(\.waiter)
    }

    /// One request that no longer waits, and the number of its frame.
    mutating func remove(id: UInt64, key: AnswerKey) -> (waiter: Waiter, frameNumber: UInt64)? {
        guard let index = entries[key]?.firstIndex(where: { $0.id == id }),
            let entry = entries[key]?.remove(at: index)
        else { return nil }
        if entries[key]?.isEmpty == true { entries[key] = nil }
        count -= 1
        return (entry.waiter, entry.frameNumber)
    }

    /// Everybody whose time is up.
    mutating func takeExpired(at now: NIODeadline) -> [Waiter] {
        guard count > 0 else { return [] }
        var expired: [Waiter] = []
        for (key, waiting) in entries where waiting.contains(where: { $0.deadline <= now }) {
            expired += waiting.filter { $0.deadline <= now }.map(\.waiter)
            let rest = waiting.filter { $0.deadline > now }
            entries[key] = rest.isEmpty ? nil : rest
        }
        count -= expired.count
        return expired
    }

    /// Everybody, at the connection's end: the first so many frames were handed to the system.
    mutating func takeAll(
        handedOverCount: UInt64
    ) -> (unknown: [Waiter], notSent: [Waiter]) {
        let all = entries.values.joined()
        defer {
            entries = [:]
            count = 0
        }
        return (
            all.filter { $0.frameNumber <= handedOverCount }.map(\.waiter),
            all.filter { $0.frameNumber > handedOverCount }.map(\.waiter)
        )
    }
}
