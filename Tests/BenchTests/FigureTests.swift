import Testing

@testable import Bench

@Suite("Figures")
struct FigureTests {
    @Test("take the round in the middle, or the mean of the two in the middle")
    func median() {
        #expect(Spread([3, 1, 2]).median == 2)
        #expect(Spread([4, 1, 3, 2]).median == 2.5)
        #expect(Spread([4, 1, 3]).lowest == 1)
        #expect(Spread([4, 1, 3]).highest == 4)
        #expect(Spread([4, 1, 3]).rounds == [4, 1, 3])
    }

    @Test("compare each round with its own neighbours")
    func ratio() {
        var rounds = Rounds()
        rounds.add(rate: 100, baseline: 50)
        rounds.add(rate: 30, baseline: 30)
        rounds.add(rate: 90, baseline: 60)
        #expect(rounds.ratio.rounds == [2, 1, 1.5])
        #expect(rounds.ratio.median == 1.5)
        #expect(rounds.value.median == 90)
    }

    @Test(
        "meet a target on its good side",
        arguments: [
            (Target.atLeast(10), 10.0, true), (.atLeast(10), 9.9, false),
            (.atMost(10), 10.0, true), (.atMost(10), 10.1, false),
        ]
    )
    func target(target: Target, value: Double, isMet: Bool) {
        let figure = Figure("x", "X", unit: "ms", value: .once(value), target: target)
        #expect(figure.isMet == isMet)
    }

    @Test("that promise a ratio and have none miss their target")
    func missingRatio() {
        let figure = Figure(
            "x",
            "X",
            unit: "1/s",
            value: .once(5),
            target: .atLeast(ratio: 0.1)
        )
        #expect(figure.isMet == false)
    }

    @Test(
        "are written with three digits, and whole with commas from a hundred on",
        arguments: [
            (0.0, "0.00"), (0.154, "0.15"), (9.994, "9.99"), (9.996, "10.0"), (99.94, "99.9"),
            (99.96, "100"), (1_234_567.4, "1,234,567"), (-1_500, "-1,500"),
        ]
    )
    func decimals(value: Double, text: String) {
        #expect(Decimals.text(value) == text)
    }

    @Test("of pgbench are read from its report")
    func pgbenchReport() {
        let report = """
            latency average = 5.1 ms
            tps = 1533.204 (without initial connection time)
            """
        #expect(Pgbench.rate(in: report) == 1533.204)
        #expect(Pgbench.rate(in: "pgbench: error: connection failed") == nil)
    }
}
