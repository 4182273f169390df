import Foundation

/// What whoever waits for the results sees in the meantime, on standard error.
struct Progress: Sendable {
    private let start = ContinuousClock.now

    /// Writes a line with the time that has passed.
    func say(_ text: String) {
        let seconds = Int((ContinuousClock.now - start).components.seconds)
        let digits = String(seconds % 60)
        let clock = "\(seconds / 60):" + (digits.count < 2 ? "0" : "") + digits
        FileHandle.standardError.write(Data("[\(clock)] \(text)\n".utf8))
    }
}

/// What the benchmark prints at its end, on standard output.
struct Console: Sendable {
    func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}

/// The benchmark cannot go on, and why.
struct BenchmarkError: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
