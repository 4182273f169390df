import Foundation
import Glibc

/// A process as others may find it: its id, and when it started, because ids are used again.
struct ProcessIdentity: Sendable, Equatable, Codable {
    let processID: Int32
    /// In clock ticks since the machine started, as the kernel counts.
    let startTicks: Int64

    /// The process that has this id now, if any.
    init?(processID: Int32) {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let parsed = Self.parse(text), parsed.state != "Z"
        else { return nil }
        self.processID = processID
        startTicks = parsed.startTicks
    }

    init(processID: Int32, startTicks: Int64) {
        self.processID = processID
        self.startTicks = startTicks
    }

    /// Whether it is still the same process.
    var isAlive: Bool { ProcessIdentity(processID: processID) == self }

    /// Reads the state and start time; the name before them may hold spaces and brackets.
    static func parse(_ text: String) -> (state: String, startTicks: Int64)? {
        guard let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        // State is field 3 of the line, the start time field 22.
        guard fields.count > 19, let ticks = Int64(fields[19]) else { return nil }
        return (String(fields[0]), ticks)
    }
}
