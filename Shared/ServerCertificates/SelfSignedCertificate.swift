import Crypto
public import Foundation
public import NIOSSL
import ServiceKit
import SwiftASN1
import X509

/// The certificate with which a server shows itself where nobody else has signed one for it.
///
/// It is made at the first start, lies in the server's own folder so that clients can be told to
/// trust it, and is replaced when it is about to expire.
public struct SelfSignedCertificate: Sendable {
    /// The certificate in PEM form, public.
    public let certificateFile: String
    /// Its private key in PEM form, readable by its owner only.
    public let keyFile: String

    private static let validDays = 3_650
    private static let renewalDays = 30

    /// Takes the certificate that lies in this folder, and makes one where none is usable.
    ///
    /// - Parameters:
    ///   - folder: Where its two files lie.
    ///   - prefix: What the names of its two files begin with.
    ///   - name: Whose certificate it is, for who reads it.
    ///   - host: The name under which other machines reach the server, besides `localhost`.
    ///   - now: Decides whether a certificate that lies there is about to expire.
    /// - Throws: ``ServiceKit/FileNotWritten`` when the folder cannot be written.
    public init(folder: URL, prefix: String, name: String, host: String, now: Date) throws {
        certificateFile = folder.appendingPathComponent("\(prefix)certificate.pem").path
        keyFile = folder.appendingPathComponent("\(prefix)key.pem").path
        if isUsable(at: now) { return }
        let (certificate, key) = try Self.make(name: name, host: host, at: now)
        try PrivateFile.write(Data(key.pemRepresentation.utf8), to: keyFile)
        try Data(certificate.serializeAsPEM().pemString.utf8).write(
            to: URL(fileURLWithPath: certificateFile),
            options: .atomic
        )
    }

    /// The settings of a TLS server that shows it.
    public func serverConfiguration() throws -> TLSConfiguration {
        try .server(certificateFile: certificateFile, keyFile: keyFile)
    }

    private func isUsable(at now: Date) -> Bool {
        guard FileManager.default.fileExists(atPath: keyFile),
            let text = try? String(contentsOfFile: certificateFile, encoding: .utf8),
            let known = try? Certificate(pemEncoded: text)
        else { return false }
        return known.notValidAfter > now.addingTimeInterval(Double(Self.renewalDays) * 86_400)
    }

    private static func make(
        name: String,
        host: String,
        at now: Date
    ) throws -> (certificate: Certificate, key: P256.Signing.PrivateKey) {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName(name) }
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            SubjectAlternativeNames([
                .dnsName("localhost"),
                .dnsName(host),
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

extension TLSConfiguration {
    /// A TLS server's settings with certificate files: HTTP/1.1 over TLS 1.2 or newer.
    ///
    /// - Throws: An error that names what is wrong with the files.
    public static func server(certificateFile: String, keyFile: String) throws -> TLSConfiguration {
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
}
