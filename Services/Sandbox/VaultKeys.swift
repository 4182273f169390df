import Crypto
import Foundation
import ServiceKit

/// The vault's keys, all made from 32 random bytes in a file that only the owner can read.
struct VaultKeys: Sendable {
    private let sealing: SymmetricKey
    private let naming: SymmetricKey
    private let fingerprinting: SymmetricKey

    /// Reads the key file; makes it at the first start.
    init(file: URL) throws {
        let root: SymmetricKey
        if FileManager.default.fileExists(atPath: file.path) {
            root = SymmetricKey(data: try Data(contentsOf: file))
            guard root.bitCount == 256 else {
                throw LogFailure("\(file.path) is not a key of 32 bytes")
            }
        } else {
            root = SymmetricKey(size: .bits256)
            try PrivateFile.write(root.withUnsafeBytes { Data($0) }, to: file.path)
        }
        self.init(root: root)
    }

    /// Derives a key for each purpose, so that none can be used for another.
    init(root: SymmetricKey) {
        func derived(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: root,
                info: Data(purpose.utf8),
                outputByteCount: 32
            )
        }
        sealing = derived("vault sealing")
        naming = derived("vault tokens")
        fingerprinting = derived("vault fingerprints")
    }

    /// The token of a card; `attempt` rises when a token is taken by another card.
    func token(number: String, expiry: String, attempt: Int) -> String {
        let text = "\(number)|\(expiry)|\(attempt)"
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: naming)
        return TokenNumber.make(from: Array(code))
    }

    /// Sixteen letters and digits, the same for the same number.
    func fingerprint(number: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(number.utf8), using: fingerprinting)
        return String(code.prefix(16).map { Self.alphabet[Int($0) % Self.alphabet.count] })
    }

    /// Encrypts under the token's name, so that a sealed card cannot be moved to another token.
    func seal(_ card: Data, token: String) throws -> Data {
        let box = try AES.GCM.seal(card, using: sealing, authenticating: Data(token.utf8))
        guard let combined = box.combined else { throw LogFailure("a card cannot be sealed") }
        return combined
    }

    /// Decrypts what ``seal(_:token:)`` gave.
    func open(_ sealed: Data, token: String) throws -> Data {
        let box = try AES.GCM.SealedBox(combined: sealed)
        return try AES.GCM.open(box, using: sealing, authenticating: Data(token.utf8))
    }

    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    )
}
