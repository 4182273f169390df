import Foundation

/// SplitMix64: small, fast, and the same sequence for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// The seeds of a property test; each is an argument of the test, so a failure names its seed.
    ///
    /// `SEED` in the environment runs that one alone; otherwise fixed seeds, and some new ones.
    static func seeds(_ count: Int) -> [UInt64] {
        if let text = ProcessInfo.processInfo.environment["SEED"], let seed = UInt64(text) {
            return [seed]
        }
        let fixed = (1...UInt64(count)).map { $0 }
        var system = SystemRandomNumberGenerator()
        return fixed
            + (0..<count / 4).map { _ in UInt64.random(in: 1_000...9_999_999, using: &system) }
    }
}
