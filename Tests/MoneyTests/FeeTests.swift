import Money
import TestKit
import Testing

@Suite("Fees")
struct FeeTests {
    @Test("the specification's example: 1000.00 splits into 970.00 and 30.00")
    func specification() throws {
        let amount = Money(minorUnits: 100_000, currency: .inr)
        let fee = try FeePolicy.standard.fee(on: amount)
        #expect(fee.description == "30.00 inr")
        #expect(try amount.subtracting(fee).description == "970.00 inr")
    }

    @Test("a fee is rounded half up and never more than the amount", arguments: examples)
    func fees(basisPoints: Int64, fixed: Int64, amount: Int64, fee: Int64) throws {
        let policy = try FeePolicy(basisPoints: basisPoints, fixedMinorUnits: fixed)
        let result = try policy.fee(on: Money(minorUnits: amount, currency: .jpy))
        #expect(result == Money(minorUnits: fee, currency: .jpy))
    }

    @Test("a fee is the formula of the books", arguments: SeededGenerator.seeds(count: 3))
    func formula(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let basisPoints = Int64.random(in: 0...10_000, using: &generator)
            let fixed = Int64.random(in: 0...500, using: &generator)
            let amount = Int64.random(in: 0...99_999_999, using: &generator)
            let fee = try FeePolicy(basisPoints: basisPoints, fixedMinorUnits: fixed)
                .fee(on: Money(minorUnits: amount, currency: .inr))
            #expect(fee.minorUnits == min((amount * basisPoints + 5_000) / 10_000 + fixed, amount))
        }
    }

    @Test("policies and amounts out of range are refused")
    func refused() throws {
        for (basisPoints, fixed) in [(-1, 0), (10_001, 0), (0, -1)] as [(Int64, Int64)] {
            #expect(throws: MoneyError.invalidFeePolicy) {
                try FeePolicy(basisPoints: basisPoints, fixedMinorUnits: fixed)
            }
        }
        #expect(throws: MoneyError.negativeAmount) {
            try FeePolicy.standard.fee(on: Money(minorUnits: -1, currency: .inr))
        }
    }

    private static let examples: [(Int64, Int64, Int64, Int64)] = [
        (300, 0, 16, 0), (300, 0, 17, 1), (300, 0, 50, 2), (300, 0, 49, 1), (250, 0, 20, 1),
        (250, 0, 19, 0), (0, 0, 1_000, 0), (10_000, 0, 1_000, 1_000), (10_000, 30, 1_000, 1_000),
        (290, 30, 1_000, 59), (0, 30, 10, 10), (300, 0, 0, 0), (10_000, 0, .max, .max),
        (1, .max, 5, 5),
    ]
}
