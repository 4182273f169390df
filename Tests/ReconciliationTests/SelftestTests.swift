import Money
import Postgres
import ReconciliationStore
import TestKit
import Testing

@Suite("Reconciliation proves itself", .timeLimit(.minutes(10)))
struct SelftestTests {
    @Test(
        "Every class of break is found as exactly what it is",
        arguments: SeededGenerator.seeds(count: 1)
    )
    func selftest(seed: UInt64) async throws {
        try await TestDatabase.with(.empty) { database in
            let verdicts = try await ScratchStore.with(
                beside: try database.configuration(),
                payments: 60,
                seed: seed,
                now: Timestamp(secondsSinceEpoch: 1_790_000_000)
            ) { try await Selftest($0, seed: seed).run { _ in } }
            for verdict in verdicts {
                #expect(verdict.missed == [], "\(verdict.name)")
                #expect(verdict.invented == [], "\(verdict.name)")
            }
            let classes = Set(verdicts.flatMap { $0.expected.map(\.kind) })
            #expect(classes == Set(DiscrepancyClass.allCases))
        }
    }
}
