import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// The certificate with which the vault shows itself, signed by itself.
///
/// It is made at the first start, and lies beside the vault's files so that clients can trust it.
struct ServerCertificate: Sendable {
    /// The certificate in PEM form, public.
    let certificateFile: URL
    /// Its private key in PEM form.
    let keyFile: URL

    private static let validDays = 3_650
    private static let renewalDays = 30

    /// Reads the certificate of this folder; makes a new one when there is none, or it is about to
    /// expire.
    init(folder: URL, now: Date) throws {
        certificateFile = folder.appendingPathComponent("vault-certificate.pem")
        keyFile = folder.appendingPathComponent("vault-key.pem")
        if try Self.isUsable(certificateFile, keyFile, at: now) { return }
        let (certificate, key) = try Self.make(at: now)
        try PrivateFile.write(Data(key.pemRepresentation.utf8), to: keyFile)
        try Data(certificate.serializeAsPEM().pemString.utf8).write(
            to: certificateFile,
            options: .atomic
        )
    }

    /// The settings of a TLS server that shows it.
    func serverConfiguration() throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMFile(certificateFile.path)
        let key = try NIOSSLPrivateKey(file: keyFile.path, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }

    private static func isUsable(_ certificate: URL, _ key: URL, at now: Date) throws -> Bool {
        guard FileManager.default.fileExists(atPath: certificate.path),
            FileManager.default.fileExists(atPath: key.path)
        else { return false }
        let text = try String(contentsOf: certificate, encoding: .utf8)
        let known = try Certificate(pemEncoded: text)
        return known.notValidAfter > now.addingTimeInterval(Double(renewalDays) * 86_400)
    }

    private static func make(
        at now: Date
    ) throws -> (certificate: Certificate, key: P256.Signing.PrivateKey) {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("card network vault") }
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            SubjectAlternativeNames([
                .dnsName("localhost"),
                .dnsName("sandbox"),
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
}
