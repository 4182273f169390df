public import Foundation

/// Files that only their owner may read.
public enum PrivateFile {
    /// Replaces the file in one step: nobody ever sees a part of it, and others never anything.
    ///
    /// - Throws: ``FileNotWritten`` when the folder is missing, read-only or full.
    public static func write(_ data: Data, to path: String) throws {
        let temporary = try writeBeside(path, data)
        guard rename(temporary, path) == 0 else {
            unlink(temporary)
            throw FileNotWritten(path: path)
        }
    }

    /// Writes the file unless it is there already, also when another process does so at this moment.
    ///
    /// - Returns: Whether this call wrote it.
    /// - Throws: ``FileNotWritten`` when it is not there and cannot be written.
    public static func create(_ data: Data, at path: String) throws -> Bool {
        let temporary = try writeBeside(path, data)
        defer { unlink(temporary) }
        if link(temporary, path) == 0 { return true }
        guard errno == EEXIST else { throw FileNotWritten(path: path) }
        return false
    }

    private static func writeBeside(_ path: String, _ data: Data) throws -> String {
        let temporary = "\(path).\(UUID().uuidString)"
        let isMade = FileManager.default.createFile(
            atPath: temporary,
            contents: data,
            attributes: [.posixPermissions: 0o600]
        )
        guard isMade else {
            unlink(temporary)
            throw FileNotWritten(path: path)
        }
        return temporary
    }
}

/// A file that a process needs could not be written.
public struct FileNotWritten: Error, CustomStringConvertible {
    /// Where it should lie.
    public let path: String

    /// Says so of the file that should lie there.
    public init(path: String) { self.path = path }

    /// Names the file.
    public var description: String { "\(path) could not be written" }
}
