import Foundation
import Glibc

/// A secret of an installation: as it is set, or made once and kept in the state folder.
///
/// Several processes of one stack may want it at the same moment; the first one's file counts.
public struct KeptSecret: Sendable {
    private static let byteCount = 32

    private let folder: URL
    private let file: URL

    /// Names a secret within a state folder.
    public init(state: String, name: String) {
        folder = URL(fileURLWithPath: state, isDirectory: true)
            .appendingPathComponent("secrets", isDirectory: true)
        file = folder.appendingPathComponent("\(name).secret")
    }

    /// The secret's bytes; nothing is read or made where it is given.
    public func bytes(_ given: Secret?) throws -> [UInt8] {
        if let given { return Array(given.reveal().utf8) }
        if let kept = kept() { return kept }
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        var generator = SystemRandomNumberGenerator()
        let fresh = (0..<Self.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let temporary = file.path + "." + UUID().uuidString
        guard
            FileManager.default.createFile(
                atPath: temporary,
                contents: Data(fresh),
                attributes: [.posixPermissions: 0o600]
            )
        else { throw KeptSecretError(path: file.path) }
        defer { unlink(temporary) }
        // Linking fails where another process was first.
        guard link(temporary, file.path) == 0 || errno == EEXIST, let kept = kept() else {
            throw KeptSecretError(path: file.path)
        }
        return kept
    }

    private func kept() -> [UInt8]? {
        guard let data = FileManager.default.contents(atPath: file.path),
            data.count >= Self.byteCount
        else { return nil }
        return Array(data)
    }
}

/// A secret could not be read or made.
public struct KeptSecretError: Error, Sendable, CustomStringConvertible {
    let path: String

    /// What is wrong and where.
    public var description: String { "\(path) could not be written, or is too short" }
}
