import Foundation

/// A random number generator whose whole sequence follows from its seed (xoshiro256**).
///
/// A property test takes its seed as an argument, so that the test's report names it:
///
/// ```swift
/// @Test("…", arguments: SeededGenerator.seeds(count: 4))
/// func property(seed: UInt64) {
///     var generator = SeededGenerator(seed: seed)
/// ```
///
/// `SEED=17 swift test` runs every property from seed 17 only.
public struct SeededGenerator: RandomNumberGenerator, Sendable, CustomStringConvertible {
    /// The seed that everything follows from.
    public let seed: UInt64

    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Starts the sequence of a seed.
    public init(seed: UInt64) {
        self.seed = seed
        // SplitMix64 spreads the seed, so that even 0 gives a state with many ones.
        var spread = SplitMix64(state: seed)
        state = (spread.next(), spread.next(), spread.next(), spread.next())
    }

    /// Starts the sequence of the seed in the environment, or else of a random one.
    public static func fromEnvironment() -> SeededGenerator {
        SeededGenerator(seed: environmentSeed ?? .random(in: 0...UInt64.max))
    }

    /// The seeds that a property is to be tried with: those that failed once and are kept, and some
    /// new ones; only the one in the environment when there is one.
    public static func seeds(count: Int, kept: [UInt64] = []) -> [UInt64] {
        if let environmentSeed { return [environmentSeed] }
        return kept + (0..<count).map { _ in .random(in: 0...UInt64.max) }
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        let result = Self.rotate(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, by: 45)
        return result
    }

    /// True in so many of a hundred cases.
    public mutating func chance(percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &self) < percent
    }

    /// How to run the same sequence again.
    public var description: String { "SEED=\(seed)" }

    private static let environmentSeed: UInt64? =
        ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) }

    private static func rotate(_ value: UInt64, by bits: UInt64) -> UInt64 {
        value << bits | value >> (64 - bits)
    }
}

/// A small generator that turns one number into many unrelated ones.
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
