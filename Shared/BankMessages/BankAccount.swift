/// An account at a bank.
public struct BankAccount: Sendable, Hashable {
    /// Who holds it; at most 140 characters of the set that banks pass on.
    public let holder: String
    /// The account number; at most 34 characters.
    public let number: String
    /// The bank's number in its clearing system.
    public let routingNumber: String

    /// Names an account; refuses what a bank file cannot hold.
    public init(
        holder: String,
        number: String,
        routingNumber: String
    ) throws(BankMessageError) {
        self.holder = try BankText.checked(holder, "holder", atMost: BankText.longestLine)
        self.number = try BankText.checked(number, "number", atMost: BankText.longestAccount)
        self.routingNumber = try BankText.checked(
            routingNumber,
            "routing number",
            atMost: BankText.longestIdentifier
        )
    }

    /// The holder's name as a bank file can hold it: what a bank may change becomes a full stop.
    public static func transliterated(holder: String) -> String {
        BankText.transliterated(holder, atMost: BankText.longestLine)
    }
}
