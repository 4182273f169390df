import Crypto
import Foundation
public import Payments

/// The secrets that sign deliveries; computed, not stored.
///
/// A secret is HMAC-SHA256 over the names of its endpoint and key, under a secret of the
/// installation that stays out of the database. So no table, dump, event or log can hold one, and
/// a repeated request gets the same answer, byte for byte.
public struct WebhookSecrets: Sendable {
    /// The fewest bytes of the installation's secret.
    public static let minimumSecretBytes = 16

    private let key: SymmetricKey

    /// Takes the installation's secret, which gateways and webhook services share.
    public init(installationSecret: [UInt8]) {
        precondition(
            installationSecret.count >= Self.minimumSecretBytes,
            "the secret is too short"
        )
        key = SymmetricKey(data: installationSecret)
    }

    /// The secret as its merchant sees it, `whsec_…`.
    public func secret(of endpoint: WebhookEndpointID, key name: WebhookKeyID) -> String {
        let text = "webhook signing secret of \(endpoint) \(name)"
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)
        return "whsec_" + Data(code).base64EncodedString()
    }
}

/// Signs deliveries in both families, Stripe's and that of Standard Webhooks.
public enum WebhookSignature {
    private static let prefix = "whsec_"

    /// `t=…,v1=…`: hexadecimal HMAC-SHA256 over time and body, one for each secret.
    ///
    /// The key is the whole text of the secret.
    public static func stripe(
        secrets: [String],
        timestampSeconds: Int64,
        body: [UInt8]
    ) -> String {
        let content = Data("\(timestampSeconds).".utf8) + Data(body)
        let signatures = secrets.map { secret in
            let key = SymmetricKey(data: Data(secret.utf8))
            let code = HMAC<SHA256>.authenticationCode(for: content, using: key)
            return ",v1="
                + code.map { byte in
                    let digits = String(byte, radix: 16)
                    return digits.count == 1 ? "0" + digits : digits
                }.joined()
        }
        return "t=\(timestampSeconds)" + signatures.joined()
    }

    /// `v1,…`: base-64 HMAC-SHA256 over identifier, time and body, one for each secret.
    ///
    /// The key is what the base-64 text behind `whsec_` stands for.
    public static func standard(
        secrets: [String],
        messageID: String,
        timestampSeconds: Int64,
        body: [UInt8]
    ) -> String {
        let content = Data("\(messageID).\(timestampSeconds).".utf8) + Data(body)
        return secrets.compactMap { secret in
            guard secret.hasPrefix(prefix),
                let bytes = Data(base64Encoded: String(secret.dropFirst(prefix.count)))
            else { return nil }
            let code = HMAC<SHA256>.authenticationCode(
                for: content,
                using: SymmetricKey(data: bytes)
            )
            return "v1," + Data(code).base64EncodedString()
        }.joined(separator: " ")
    }
}
