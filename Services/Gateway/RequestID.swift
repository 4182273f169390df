import ServiceKit

/// Makes what a request and its identifiers are named by.
enum RequestID {
    private static let length = 16

    /// A new request identifier, `req_…`.
    static func generate() -> String { "req_" + RandomText.letters(length) }
}

/// Random texts of letters and digits, from the system's secure generator.
enum RandomText {
    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8
    )

    /// So many characters; each carries 5.95 bits.
    static func letters(_ count: Int) -> String {
        var generator = SecureRandomNumbers()
        let bytes = (0..<count).map { _ in
            alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
