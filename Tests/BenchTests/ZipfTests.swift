import Testing

@testable import Bench

@Suite("Merchants by Zipf")
struct ZipfTests {
    @Test("are chosen in proportion to one over their rank")
    func proportions() {
        let zipf = Zipf(count: 3)
        // 1, 1/2 and 1/3 are 6, 3 and 2 elevenths.
        #expect(zipf.rank(at: 0) == 0)
        #expect(zipf.rank(at: 5.9 / 11) == 0)
        #expect(zipf.rank(at: 6.1 / 11) == 1)
        #expect(zipf.rank(at: 8.9 / 11) == 1)
        #expect(zipf.rank(at: 9.1 / 11) == 2)
        #expect(zipf.rank(at: 1) == 2)
    }

    @Test("give the first of ten thousand about a tenth of all payments")
    func skew() {
        let zipf = Zipf(count: 10_000)
        var generator = SeededGenerator(seed: 7)
        var first = 0
        let draws = 20_000
        for _ in 0..<draws where zipf.rank(at: generator.fraction()) == 0 { first += 1 }
        let share = Double(first) / Double(draws)
        #expect((0.09...0.115).contains(share), "\(share) with seed 7")
    }

    @Test("are the same for the same seed")
    func seed() {
        var one = SeededGenerator(seed: 42)
        var two = SeededGenerator(seed: 42)
        var three = SeededGenerator(seed: 43)
        let draws = (0..<8).map { _ in one.next() }
        #expect(draws == (0..<8).map { _ in two.next() })
        #expect(draws != (0..<8).map { _ in three.next() })
    }
}
