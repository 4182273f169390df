public import Foundation

/// The folder where the processes of one stack leave what others look for: ports and process ids.
public struct RunFolder: Sendable {
    /// Where it is.
    public let path: String

    /// `run` inside the state folder.
    public init(state: String) {
        path = state + "/run"
    }

    /// Writes a small file in one step, so that a reader sees all of it or nothing.
    public func publish(_ name: String, _ text: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data((text + "\n").utf8).write(to: location(name), options: .atomic)
    }

    /// Reads what was published, if it was.
    public func read(_ name: String) -> String? {
        guard let text = try? String(contentsOf: location(name), encoding: .utf8) else {
            return nil
        }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.isEmpty ? nil : trimmed
    }

    /// Removes what was published.
    public func withdraw(_ name: String) {
        try? FileManager.default.removeItem(at: location(name))
    }

    /// The file of that name.
    public func location(_ name: String) -> URL {
        URL(fileURLWithPath: path).appendingPathComponent(name)
    }
}
