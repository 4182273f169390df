/// A statement as the server must know it: the same text with other types is another one.
struct StatementKey: Hashable, Sendable {
    var sql: String
    var types: [UInt32]
}

/// Which statements a connection has prepared; a pure value.
///
/// Invariant: at most `limit` statements are known at a time.
struct StatementCache: Sendable {
    enum Plan: Equatable {
        /// Prepared before, under this name.
        case use(name: String)
        /// To be prepared under this name, after the other one was given up.
        case prepare(name: String, discarding: String?)
        /// Every place is taken by the same batch.
        case unnamed
    }

    private struct Entry {
        var name: String
        var lastUse: UInt64
        var isConfirmed: Bool
    }

    private var entries: [StatementKey: Entry] = [:]
    private var lastUse: UInt64 = 0
    private var lastName: UInt64 = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }

    /// Everything planned from here on belongs to one batch and is not discarded within it.
    mutating func beginBatch() -> UInt64 { lastUse }

    mutating func plan(_ key: StatementKey, batch: UInt64) -> Plan {
        lastUse += 1
        if let index = entries.index(forKey: key) {
            entries.values[index].lastUse = lastUse
            return .use(name: entries.values[index].name)
        }
        var discarded: String?
        if entries.count >= limit {
            guard
                let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }),
                oldest.value.lastUse <= batch
            else { return .unnamed }
            discarded = oldest.value.name
            entries[oldest.key] = nil
        }
        lastName += 1
        let name = "s\(lastName)"
        entries[key] = Entry(name: name, lastUse: lastUse, isConfirmed: false)
        return .prepare(name: name, discarding: discarded)
    }

    /// The server has prepared it.
    mutating func confirm(_ key: StatementKey) {
        entries[key]?.isConfirmed = true
    }

    /// The server's copy is of no use any more.
    mutating func forget(_ key: StatementKey) {
        entries[key] = nil
    }

    /// The server has lost all of them, behind a pooler for instance.
    mutating func forgetAll() {
        entries.removeAll()
    }

    /// Drops what a failed batch did not get to prepare.
    mutating func forgetUnconfirmed() {
        guard entries.values.contains(where: { !$0.isConfirmed }) else { return }
        entries = entries.filter { $0.value.isConfirmed }
    }
}
