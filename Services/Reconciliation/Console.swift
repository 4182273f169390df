import Foundation

/// What the operator reads.
struct Console: Sendable {
    /// Writes a line to standard output.
    func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    /// Writes a line to standard error.
    func complain(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
