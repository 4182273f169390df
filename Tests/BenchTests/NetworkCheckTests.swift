import Testing

@testable import Bench

@Suite("Network and books")
struct NetworkCheckTests {
    @Test("agree when each reference moved the same")
    func agree() {
        let amounts: [Int64: NetworkCheck.Amounts] = [1: .init(captured: 5), 2: .init(refunded: 3)]
        #expect(NetworkCheck.problems(network: amounts, books: amounts).isEmpty)
        // An authorization that moved nothing is known to the network only.
        let more = amounts.merging([3: .init()]) { $1 }
        #expect(NetworkCheck.problems(network: more, books: amounts).isEmpty)
    }

    @Test(
        "disagree when one has more, less, or nothing",
        arguments: [
            [1: NetworkCheck.Amounts(captured: 6)], [1: .init(captured: 5, refunded: 1)],
            [2: .init(captured: 5)], [:],
        ]
    )
    func disagree(books: [Int64: NetworkCheck.Amounts]) {
        let network: [Int64: NetworkCheck.Amounts] = [1: .init(captured: 5)]
        #expect(NetworkCheck.problems(network: network, books: books).count == 1)
    }

    @Test("are read from what the kernel says about processes")
    func processes() throws {
        let stat = "42 (a b) c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 20 10 20 0 1 0 99 1 1"
        let fields = try #require(ProcessUsage.parse(stat, ticksPerSecond: 100))
        #expect(fields.parent == 7)
        #expect(fields.own == 2)
        #expect(fields.endedChildren == 0.3)
        #expect(ProcessUsage.residentMegabytes(in: "Name:\tx\nVmRSS:\t  2048 kB\n") == 2)
        #expect(ProcessUsage.parse("nonsense", ticksPerSecond: 100) == nil)
    }
}
