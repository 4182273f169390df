import Crypto
import Foundation
import NIOSSL
import ServiceKit
import SwiftASN1
import X509

/// What the gateway makes for itself at its first start in development.
struct GatewaySecrets: Sendable {
    private static let secretBytes = 32
    private static let validDays = 3_650
    private static let renewalDays = 30

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
        let file = folder.appendingPathComponent("idempotency.secret")
        if let kept = FileManager.default.contents(atPath: file.path),
            kept.count >= Self.secretBytes
        {
            return Array(kept)
        }
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<Self.secretBytes).map { _ in UInt8.random(in: 0...255, using: &generator)
        }
        // Another gateway may start at the same moment: the first to link its file wins.
        try createOnce(file, Data(secret))
        return Array(FileManager.default.contents(atPath: file.path) ?? Data(secret))
    }

    /// A TLS server's settings with certificate files.
    static func serverConfiguration(
        certificateFile: String,
        keyFile: String
    ) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        let key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }

    /// A TLS server's settings with a certificate signed by itself, made when there is none or it
    /// is about to expire.
    func selfSignedConfiguration(now: Date) throws -> TLSConfiguration {
        let certificateFile = folder.appendingPathComponent("certificate.pem")
        let keyFile = folder.appendingPathComponent("key.pem")
        if !Self.isUsable(certificateFile, keyFile, at: now) {
            let (certificate, key) = try Self.makeCertificate(at: now)
            try writePrivately(keyFile, Data(key.pemRepresentation.utf8))
            try Data(certificate.serializeAsPEM().pemString.utf8).write(
                to: certificateFile,
                options: .atomic
            )
        }
        return try Self.serverConfiguration(
            certificateFile: certificateFile.path,
            keyFile: keyFile.path
        )
    }

    private static func isUsable(_ certificate: URL, _ key: URL, at now: Date) -> Bool {
        guard FileManager.default.fileExists(atPath: key.path),
            let text = try? String(contentsOf: certificate, encoding: .utf8),
            let known = try? Certificate(pemEncoded: text)
        else { return false }
        return known.notValidAfter > now.addingTimeInterval(Double(renewalDays) * 86_400)
    }

    private static func makeCertificate(
        at now: Date
    ) throws -> (certificate: Certificate, key: P256.Signing.PrivateKey) {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("payment gateway") }
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            SubjectAlternativeNames([
                .dnsName("localhost"),
                .dnsName("gateway"),
                .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                .ipAddress(
                    ASN1OctetString(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
                ),
            ])
        }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            // Clocks of other machines may be a little behind.
            notValidBefore: now.addingTimeInterval(-3_600),
            notValidAfter: now.addingTimeInterval(Double(validDays) * 86_400),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions,
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        return (certificate, key)
    }

    private func writePrivately(_ file: URL, _ data: Data) throws {
        let temporary = file.path + "." + RandomText.letters(8)
        guard
            FileManager.default.createFile(
                atPath: temporary,
                contents: data,
                attributes: [.posixPermissions: 0o600]
            ), rename(temporary, file.path) == 0
        else { throw SecretNotWritten(path: file.path) }
    }

    private func createOnce(_ file: URL, _ data: Data) throws {
        let temporary = file.path + "." + RandomText.letters(8)
        guard
            FileManager.default.createFile(
                atPath: temporary,
                contents: data,
                attributes: [.posixPermissions: 0o600]
            )
        else { throw SecretNotWritten(path: file.path) }
        defer { unlink(temporary) }
        if link(temporary, file.path) == 0 { return }
        guard errno == EEXIST else { throw SecretNotWritten(path: file.path) }
        let kept = FileManager.default.contents(atPath: file.path) ?? Data()
        // A file that is too short is no secret; it is replaced.
        if kept.count < Self.secretBytes { try writePrivately(file, data) }
    }
}

/// A file that the gateway needs could not be written.
struct SecretNotWritten: Error, CustomStringConvertible {
    let path: String
    var description: String { "\(path) could not be written" }
}
