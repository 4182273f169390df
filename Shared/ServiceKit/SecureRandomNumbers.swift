import Glibc

/// The kernel's secure random numbers, fetched many at a time.
///
/// The system's own generator asks the kernel for every single number, and an identifier has
/// sixteen: with idempotent replays that was 6 % of the gateway's time. Numbers are not shared
/// between values of this type: make one for what is to be made together.
public struct SecureRandomNumbers: RandomNumberGenerator {
    /// As many as the kernel gives in one call that nothing interrupts (256 bytes).
    private static var batchCount: Int { 32 }

    private var numbers: [UInt64] = []

    /// Makes a generator that asks the kernel when the first number is wanted.
    public init() {}

    /// A number that was never given before.
    public mutating func next() -> UInt64 {
        if let number = numbers.popLast() { return number }
        numbers = Self.batch()
        return next()
    }

    private static func batch() -> [UInt64] {
        var batch = [UInt64](repeating: 0, count: batchCount)
        batch.withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { arc4random_buf(start, bytes.count) }
        }
        return batch
    }
}
