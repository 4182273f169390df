/// Checks texts of bank files: lengths of ISO 20022 and the characters that all banks take.
enum BankText {
    /// The longest identifier (Max35Text).
    static let longestIdentifier = 35
    /// The longest account number (Max34Text).
    static let longestAccount = 34
    /// The longest name or remittance line (Max140Text).
    static let longestLine = 140

    /// The characters of the SWIFT X set, which every bank passes on unchanged.
    private static let allowed = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+_ "
    )

    /// Refuses a text that is empty, too long, or has characters that a bank may change.
    @discardableResult
    static func checked(
        _ text: String,
        _ field: String,
        atMost length: Int
    ) throws(BankMessageError) -> String {
        guard !text.isEmpty, text.count <= length, text.allSatisfy(allowed.contains) else {
            throw .invalid(field: field, value: text)
        }
        return text
    }

    /// The text with every character that a bank may change replaced by a full stop.
    static func transliterated(_ text: String, atMost length: Int) -> String {
        let replaced = String(text.map { allowed.contains($0) ? $0 : "." }.prefix(length))
        return replaced.isEmpty ? "." : replaced
    }
}
