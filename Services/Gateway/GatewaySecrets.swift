import Foundation
import NIOSSL
import ServerCertificates
import ServiceKit

/// What the gateway makes for itself at its first start in development.
struct GatewaySecrets: Sendable {
    private static let secretBytes = 32

    /// The folder that they lie in, readable by nobody else.
    private let folder: URL

    init(state: String) throws {
        folder = URL(fileURLWithPath: state, isDirectory: true)
            .appendingPathComponent("gateway", isDirectory: true)
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    /// The secret under which requests are fingerprinted: as set, or made once and kept.
    func idempotencySecret(_ given: Secret?) throws -> [UInt8] {
        if let given { return Array(given.reveal().utf8) }
        let file = folder.appendingPathComponent("idempotency.secret").path
        if let kept = kept(file) { return kept }
        var generator = SystemRandomNumberGenerator()
        let secret = Data(
            (0..<Self.secretBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
        )
        // Another gateway may start at the same moment: the first to make the file wins. A file
        // that is too short is no secret; it is replaced.
        if try !PrivateFile.create(secret, at: file), kept(file) == nil {
            try PrivateFile.write(secret, to: file)
        }
        guard let kept = kept(file) else { throw FileNotWritten(path: file) }
        return kept
    }

    private func kept(_ file: String) -> [UInt8]? {
        guard let data = FileManager.default.contents(atPath: file),
            data.count >= Self.secretBytes
        else { return nil }
        return Array(data)
    }

    /// A TLS server's settings with a certificate signed by itself, made when there is none or it
    /// is about to expire.
    func selfSignedConfiguration(now: Date) throws -> TLSConfiguration {
        try SelfSignedCertificate(
            folder: folder,
            prefix: "",
            name: "payment gateway",
            host: "gateway",
            now: now
        ).serverConfiguration()
    }
}
