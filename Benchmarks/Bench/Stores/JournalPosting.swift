import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import Synchronization

/// (f): captures posted by sixteen clients, each batch in a transaction, with all checks.
///
/// Every journal has a leg on the one fee account.
final class JournalPosting: Sendable {
    static let batches = [1, 16, 64, 256]
    static let quickBatches = [1, 64]

    private let lab: StoreLab
    private let pool: PostgresPool
    private let feesMinorUnits = Mutex<Int64>(0)

    init(_ lab: StoreLab, pool: PostgresPool) {
        self.lab = lab
        self.pool = pool
    }

    func measurement(batch size: Int) -> Measurement {
        Measurement(Self.name(size)) { seconds in
            try await StoreLab.rate(seconds: seconds) { end in
                try await self.post(batchesOf: size, until: end)
            }
        }
    }

    static func name(_ size: Int) -> String { "f.\(size)" }

    static func figure(_ size: Int, _ rounds: Rounds) -> Figure {
        let targets = [1: Target.atLeast(ratio: 0.9), 64: Target.atLeast(ratio: 7)]
        return rounds.figure(
            name(size),
            "(f) journals posted, \(size) a transaction",
            target: targets[size]
        )
    }

    private func post(batchesOf size: Int, until end: ContinuousClock.Instant) async throws -> Int {
        var samples = lab.samples()
        var posted = 0
        while .now < end {
            var postings: [Posting] = []
            for _ in 0..<size { postings.append(try samples.capture()) }
            let rows = try await pool.query(LedgerWriter.post(postings))
            let results = try LedgerWriter.results(rows, count: size)
            guard results.allSatisfy({ $0 == .posted }) else {
                throw BenchmarkError("a journal was not posted: \(results)")
            }
            posted += size
            let fees = postings.map(Self.feeMinorUnits).reduce(0, +)
            feesMinorUnits.withLock { $0 += fees }
        }
        return posted
    }

    private static func feeMinorUnits(_ posting: Posting) -> Int64 {
        posting.journal.entries.filter { $0.account.code == .platformFees }
            .map(\.amount.minorUnits).reduce(0, +)
    }

    /// The fee account has exactly what all clients booked to it.
    func verify() async throws {
        let fees = AccountRecord(code: .platformFees, merchantID: nil, currency: .inr)
        let expected = Money(minorUnits: feesMinorUnits.withLock { $0 }, currency: .inr)
        let found = try await lab.withPool(role: nil, connections: 1) { owner in
            try await RollupBalances(owner).balance(of: fees)
        }
        guard found == expected else {
            throw BenchmarkError("the fee account has \(found.map { "\($0)" } ?? "nothing")")
        }
    }
}
