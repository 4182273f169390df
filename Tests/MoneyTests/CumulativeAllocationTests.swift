import Money
import TestKit
import Testing

@Suite("Cumulative allocation")
struct CumulativeAllocationTests {
    @Test("any partition of the whole gives exactly the total", arguments: seeds)
    func endsAtTotal(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let whole = Int64.random(in: 1...wholes(&generator), using: &generator)
            let total = Int64.random(in: 0...whole, using: &generator)
            var allocation = try CumulativeAllocation(of: inr(total), over: inr(whole))
            var taken: Int64 = 0
            var given: Int64 = 0
            while taken < whole {
                let part = min(Int64.random(in: 1...whole, using: &generator), whole - taken)
                let share = try allocation.take(inr(part)).minorUnits
                taken += part
                given += share
                #expect(share >= 0)
                // Never more than half a minor unit away from the exact proportion.
                let error = Int128(given) * Int128(whole) - Int128(total) * Int128(taken)
                #expect(error.magnitude * 2 <= whole.magnitude)
                #expect(allocation.taken == inr(taken))
                #expect(allocation.given == inr(given))
            }
            #expect(given == total)
        }
    }

    @Test(
        "parts taken back leave shares that are never negative and end at the total",
        arguments: seeds
    )
    func takenBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let whole = Int64.random(in: 1...200, using: &generator)
            let total = Int64.random(in: 0...whole, using: &generator)
            var parts: [(part: Int64, share: Int64)] = []
            func resumed() throws -> CumulativeAllocation {
                try CumulativeAllocation(
                    of: inr(total),
                    over: inr(whole),
                    taken: inr(parts.reduce(0) { $0 + $1.part }),
                    given: inr(parts.reduce(0) { $0 + $1.share })
                )
            }
            for _ in 0..<10 {
                if generator.chance(percent: 40), !parts.isEmpty {
                    parts.remove(at: .random(in: 0..<parts.count, using: &generator))
                }
                let left = whole - parts.reduce(0) { $0 + $1.part }
                guard left > 0 else { continue }
                let part = Int64.random(in: 1...left, using: &generator)
                let share = try resumed().share(of: inr(part)).minorUnits
                #expect(share >= 0)
                parts.append((part, share))
            }
            let left = whole - parts.reduce(0) { $0 + $1.part }
            let last = try resumed().share(of: inr(left)).minorUnits
            #expect(parts.reduce(last) { $0 + $1.share } == total)
        }
    }

    @Test("thirds of a fee of 10 are 3, 4 and 3")
    func thirds() throws {
        var allocation = try CumulativeAllocation(of: inr(10), over: inr(300))
        let shares = try (0..<3).map { _ in try allocation.take(inr(100)).minorUnits }
        #expect(shares == [3, 4, 3])
    }

    @Test("halves are rounded up")
    func half() throws {
        let allocation = try CumulativeAllocation(of: inr(1), over: inr(2))
        #expect(try allocation.share(of: inr(1)) == inr(1))
    }

    @Test("the largest amounts are shared without overflow")
    func largest() throws {
        var allocation = try CumulativeAllocation(of: inr(.max), over: inr(.max))
        #expect(try allocation.take(inr(.max - 1)) == inr(.max - 1))
        #expect(try allocation.take(inr(1)) == inr(1))
    }

    @Test("nothing is allocated beyond the whole, or below nothing, or in another currency")
    func refused() throws {
        var allocation = try CumulativeAllocation(of: inr(3), over: inr(100), taken: inr(60))
        #expect(throws: MoneyError.allocationExceeded) { try allocation.take(inr(41)) }
        #expect(throws: MoneyError.negativeAmount) { try allocation.take(inr(-1)) }
        #expect(throws: MoneyError.currencyMismatch(.inr, .usd)) {
            try allocation.take(Money(minorUnits: 1, currency: .usd))
        }
        #expect(allocation.taken == inr(60))
        #expect(throws: MoneyError.allocationExceeded) {
            try CumulativeAllocation(of: inr(3), over: inr(100), taken: inr(101))
        }
        #expect(throws: MoneyError.allocationExceeded) {
            try CumulativeAllocation(of: inr(3), over: inr(100), given: inr(4))
        }
        #expect(throws: MoneyError.negativeAmount) {
            try CumulativeAllocation(of: inr(-3), over: inr(100))
        }
    }

    private static var seeds: [UInt64] { SeededGenerator.seeds(count: 3, kept: [1]) }

    private func inr(_ minorUnits: Int64) -> Money {
        Money(minorUnits: minorUnits, currency: .inr)
    }

    /// Small wholes, where rounding matters, more often than large ones.
    private func wholes(_ generator: inout SeededGenerator) -> Int64 {
        [10, 100, 100_000, 99_999_999].randomElement(using: &generator) ?? 10
    }
}
