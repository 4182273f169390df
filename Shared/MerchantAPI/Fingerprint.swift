import Crypto

/// What makes two requests with one idempotency key the same request.
///
/// Parameters may hold a card number, and a plain hash of one can be guessed from the few numbers
/// there are. So the fingerprint is HMAC-SHA256 under a secret that stays out of the database.
public struct Fingerprint: Sendable {
    /// The fewest bytes of a secret.
    public static let minimumSecretBytes = 16

    private let key: SymmetricKey

    /// Takes the secret, which all gateways of one database share.
    public init(secret: [UInt8]) {
        precondition(secret.count >= Self.minimumSecretBytes, "the secret is too short")
        key = SymmetricKey(data: secret)
    }

    /// The fingerprint of parameters: the same for the same names and values, in whatever order
    /// and bracket style they came.
    public func bytes(of parameters: FormParameters) -> [UInt8] {
        var text: [UInt8] = []
        Self.append(parameters.entries, to: &text)
        return Array(HMAC<SHA256>.authenticationCode(for: text, using: key))
    }

    /// Every part is preceded by its length, so that no two different trees read the same.
    private static func append(_ entries: [FormParameters.Entry], to text: inout [UInt8]) {
        var position = 0
        let named = entries.map { entry -> FormParameters.Entry in
            guard entry.key.isEmpty else { return entry }
            // `a[]` counts up, so that it equals `a[0]`, `a[1]`.
            defer { position += 1 }
            return FormParameters.Entry(key: String(position), value: entry.value)
        }
        text.append(contentsOf: "{\(named.count):".utf8)
        for entry in named.sorted(by: { $0.key < $1.key }) {
            append(entry.key, to: &text)
            switch entry.value {
            case .text(let value): append(value, to: &text)
            case .nested(let below): append(below, to: &text)
            }
        }
    }

    private static func append(_ part: String, to text: inout [UInt8]) {
        text.append(contentsOf: "\(part.utf8.count):".utf8)
        text.append(contentsOf: part.utf8)
    }
}
